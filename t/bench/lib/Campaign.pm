package Campaign;

# Runs campaigns of campaign.sql in a database of its own, and adds up what
# came of them.

use strict;
use warnings;

use File::Basename qw/ dirname /;

use Test::Mytwip::Cluster;
use Test::Mytwip::System qw/ run_command make_dir /;

use constant {
    PRECISION => 97,                    # percent
    RECALL    => 97,
    INTERVALS => 95,
};


# Of a cluster in particular, or of the tests'.
sub new {
    my ($class, $cluster) = @_;

    $cluster ||= Test::Mytwip::Cluster->shared()
        || Test::Mytwip::Cluster->create(make_dir('mytwip-campaign')
            . '/cluster');
    my $self = bless { cluster => $cluster, pg => $cluster->database(),
        matrix => {}, named => {}, seeds => 0, held => 0 }, $class;

    # where commits are durable it would wait for each
    $self->{pg}->query('ALTER DATABASE ' . $self->{pg}->name()
        . ' SET synchronous_commit = off');
    $self->psql('-f', dirname(__FILE__) . '/../campaign.sql');
    $self->{pg}->query('SELECT mytwip.maintain(ARRAY(SELECT (now()'
        . " - n * interval '1 day')::date FROM generate_series(0, 4) AS n))");

    return $self;
}


sub finish {
    my ($self) = @_;

    my $name = $self->{pg}->name();
    my $postgres = $self->{cluster}->database('postgres');

    $self->{pg}->close();
    $postgres->query("DROP DATABASE $name WITH (FORCE)");
    $postgres->close();

    return;
}


sub psql {
    my ($self, @args) = @_;

    my ($rc, $text) = run_command('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->{cluster}->admin_conninfo($self->{pg}->name()), @args);

    die "psql @args: $text\n" if $rc ne '0';

    return $text;
}


sub run {
    my ($self, $seed, $readers) = @_;

    my $pg = $self->{pg};
    # by psql, which waits as long as it takes
    my ($issue) = $self->psql('-c',
        "SELECT campaign.make($seed, $readers)") =~ /(\d+)/;

    $self->psql('-c', 'SELECT mytwip.count_domains()',
        '-c', "CALL campaign.push($issue)",
        '-c', "SELECT mytwip.judge_issue($issue)");

    for ($pg->rows("SELECT named, coalesce(truth, 'none'),"
        . " coalesce(class, 'none'), n FROM campaign.matrix($issue)"))
    {
        my ($named, $truth, $class, $n) = @$_;

        $self->{matrix}{$truth}{$class} += $n;
        $self->{named}{$truth}{$class} += $n if $named eq 't';
    }

    my ($truth, $low, $high) = @{($pg->rows('SELECT truth, low, high'
        . " FROM campaign.rate($issue)"))[0]};

    $self->{readers} = $readers;
    $self->{seeds}++;
    $self->{held}++ if $truth >= $low && $truth <= $high;
    $self->{rate} = sprintf '%.1f %% in %.1f to %.1f', $truth, $low, $high;
    push @{$self->{width}}, $high - $low;

    return;
}


# How many fetches of these were taken for a person's; of all, or of those
# with a name.
sub human {
    my ($self, $truths, $of) = @_;

    my $n = 0;

    $n += $self->{$of || 'matrix'}{$_}{human} || 0 for @$truths;

    return $n;
}


my @PEOPLE = qw/ person forwarded /;


# What people's own clients fetched; what a relay fetched is undecided, as it
# would have been fetched had nobody looked.
sub recall {
    my ($self, $of) = @_;

    my $all = 0;

    for my $row (@{$self->{$of || 'matrix'}}{@PEOPLE}) {
        $all += $_ for values %$row;
    }

    return 100 * $self->human(\@PEOPLE, $of) / ($all || 1);
}


sub precision {
    my ($self, $of) = @_;

    return 100 * $self->human(\@PEOPLE, $of)
        / ($self->human([ keys %{$self->{$of || 'matrix'}} ], $of) || 1);
}


sub intervals { return 100 * $_[0]{held} / $_[0]{seeds} }


# Of all seeds, for the results of the benchmark.
sub figures {
    my ($self) = @_;

    return {
        (map { $_ => [ $self->$_() ] } qw/ precision recall /),
        named_precision => [ $self->precision('named') ],
        named_recall => [ $self->recall('named') ],
        (map { $_ => [ $self->{$_} ] } qw/ readers seeds held rate /),
        width => $self->{width}, matrix => $self->{matrix},
    };
}


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
        . " verdict (%.1f %%, %.1f %% where there is a name);"
        . " the interval held in %d of %d (the last: %s)\n",
        $self->precision(), $self->recall(), $self->precision('named'),
        $self->recall('named'), @$self{qw/ held seeds rate /};
}


1;
