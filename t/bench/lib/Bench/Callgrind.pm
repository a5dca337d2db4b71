package Bench::Callgrind;

# Instructions that an nginx worker needs for a request, by callgrind. Two runs
# with different numbers of requests; what they differ by is free of the start,
# the end and the first touch of everything. Batches are as full as under full
# load, so that a request bears its share of one.
#
# Counts do not depend on what else the machine does. One thing is not as in
# real life: valgrind's processor has no SHA instructions, so that OpenSSL
# computes the HMAC of a token in another way.

use strict;
use warnings;

use Bench::Rig;
use Bench::Wrk qw/ load /;
use Test::Mytwip::System qw/ run_command slurp /;

use constant {
    ROWS => 4096,                       # of a batch
    FEW => 1, MANY => 4,                # batches of requests
    CONNECTIONS => 16,
};


# By name: file (of requests) and what Bench::Rig takes. Returns instructions
# a request and, by function, those of them that are its own.
sub instructions {
    my (%opt) = @_;

    my ($few, $many) = map { one_run($_ * ROWS, %opt) } FEW, MANY;
    my $n = $many->{requests} - $few->{requests};

    my %by = map {
        $_ => ($many->{by}{$_} - ($few->{by}{$_} || 0)) / $n
    } keys %{$many->{by}};

    return { total => ($many->{total} - $few->{total}) / $n, by => \%by };
}


sub one_run {
    my ($count, %opt) = @_;

    my $rig = Bench::Rig->new(%opt, single => !$opt{workers},
        batch => 'rows=' . ROWS . ' delay=20s');

    $rig->{under} = [ 'valgrind', '--tool=callgrind',
        "--callgrind-out-file=$rig->{dir}/callgrind.%p" ];
    chmod 0777, $rig->{dir};

    $rig->start();

    my $said = load(port => $rig->port(0), file => $opt{file},
        count => $count, connections => CONNECTIONS);

    $rig->end('QUIT');

    my %run = (requests => $said->{requests}, total => 0, by => {});

    for my $file (grep { /callgrind\.\d+$/ } glob "$rig->{dir}/callgrind.*") {
        add_file(\%run, $file);
    }

    $rig->finish();

    return \%run;
}


sub add_file {
    my ($run, $file) = @_;

    my ($rc, $text) = run_command('callgrind_annotate', '--threshold=100',
        '--auto=no', $file);
    die "callgrind_annotate failed:\n$text" if $rc;

    for (split /\n/, $text) {
        next unless /^\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)/;
        my ($n, $what) = ($1 =~ tr/,//dr, $2);

        if ($what =~ /^PROGRAM TOTALS/) {
            $run->{total} += $n;
            next;
        }

        my ($name) = $what =~ /^\S*?:(\S+)/;
        $run->{by}{$name} += $n if defined $name;
    }

    return;
}


1;
