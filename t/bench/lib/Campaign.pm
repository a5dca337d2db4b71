package Campaign;

# Runs campaigns of campaign.sql in a database of its own, and adds up what
# came of them.

use strict;
use warnings;

use File::Basename qw/ dirname /;
use File::Temp;

use Test::Mytwip::Cluster;
use Test::Mytwip::System qw/ run_command make_dir /;

use constant {
    PRECISION => 97,                    # percent
    RECALL    => 97,
    INTERVALS => 95,
};


sub new {
    my ($class) = @_;

    my $cluster = Test::Mytwip::Cluster->shared()
        || Test::Mytwip::Cluster->create(make_dir('mytwip-campaign')
            . '/cluster');
    my $self = bless { cluster => $cluster, pg => $cluster->database(),
        matrix => {}, seeds => 0, held => 0 }, $class;

    $self->psql('-f', dirname(__FILE__) . '/../campaign.sql');
    $self->{pg}->query('SELECT mytwip.maintain(ARRAY(SELECT (now()'
        . " - n * interval '1 day')::date FROM generate_series(0, 4) AS n))");

    return $self;
}


sub psql {
    my ($self, @args) = @_;

    my ($rc, $text) = run_command('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->{cluster}->admin_conninfo($self->{pg}->name()), @args);

    die "psql @args: $text\n" if $rc ne '0';

    return $text;
}


# Each batch is a statement and a transaction, as nginx has it.
sub run {
    my ($self, $seed, $readers) = @_;

    my $pg = $self->{pg};
    # by psql, which waits as long as it takes
    my ($issue) = $self->psql('-c',
        "SELECT campaign.make($seed, $readers)") =~ /(\d+)/;

    $self->psql('-c', 'SELECT mytwip.count_domains()');
    $self->psql('-c', "SELECT campaign.make_batches($issue)");

    my $file = File::Temp->new();

    print {$file} "SELECT campaign.push($_);\n"
        for 1 .. $pg->value('SELECT max(number) FROM campaign.batch');
    close $file;

    $self->psql('-o', '/dev/null', '-f', "$file");
    $self->psql('-c', "SELECT mytwip.judge_issue($issue)");

    $self->{matrix}{$_->[0]}{$_->[1]} += $_->[2]
        for $pg->rows("SELECT coalesce(truth, 'none'),"
            . " coalesce(class, 'none'), n FROM campaign.matrix($issue)");

    my ($truth, $low, $high) = @{($pg->rows('SELECT truth, low, high'
        . " FROM campaign.rate($issue)"))[0]};

    $self->{seeds}++;
    $self->{held}++ if $truth >= $low && $truth <= $high;
    $self->{rate} = sprintf '%.1f %% in %.1f to %.1f', $truth, $low, $high;

    return;
}


sub human {
    my ($self, @truths) = @_;

    my $n = 0;

    $n += $self->{matrix}{$_}{human} || 0 for @truths;

    return $n;
}


# What people's own clients fetched; what a relay fetched is undecided, as it
# would have been fetched had nobody looked.
sub recall {
    my ($self) = @_;

    my $all = 0;

    for my $row (@{$self->{matrix}}{qw/ person forwarded /}) {
        $all += $_ for values %$row;
    }

    return 100 * $self->human(qw/ person forwarded /) / ($all || 1);
}


sub precision {
    my ($self) = @_;

    return 100 * $self->human(qw/ person forwarded /)
        / ($self->human(keys %{$self->{matrix}}) || 1);
}


sub intervals { return 100 * $_[0]{held} / $_[0]{seeds} }


sub met {
    my ($self) = @_;

    return $self->precision() >= PRECISION && $self->recall() >= RECALL
        && $self->intervals() >= INTERVALS;
}


sub report {
    my ($self) = @_;

    my @classes = qw/ human undecided machine /;
    my $text = sprintf "%-12s%10s%10s%10s\n", 'fetched by', @classes;

    for my $truth (sort keys %{$self->{matrix}}) {
        $text .= sprintf "%-12s%10d%10d%10d\n", $truth,
            map { $self->{matrix}{$truth}{$_} || 0 } @classes;
    }

    return $text . sprintf "precision %.1f %%, recall %.1f %% of the human"
        . " verdict; the interval held in %d of %d (the last: %s)\n",
        $self->precision(), $self->recall(), @$self{qw/ held seeds rate /};
}


1;
