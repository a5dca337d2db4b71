package Bench::Instructions;

# What a request costs the worker in instructions, and whether workers hinder
# each other.

use strict;
use warnings;

use Time::HiRes qw/ sleep /;

use Bench::Callgrind;
use Bench::Rig;
use Bench::Wrk qw/ load /;
use Bench::Rounds;
use Test::Mytwip::System qw/ run_command spawn wait_exit wait_until slurp /;

my $quick = $ENV{QUICK};


sub measure {
    my ($run) = @_;

    my (%result, %by);

    for my $row (qw/ gif log pixel /) {
        my %rig = (cluster => $run->{cluster}, bare => $row ne 'pixel');
        my $prefix = $Bench::Rounds::ROWS{$row}{prefix};
        my $file = $run->requests($prefix);
        my $counted = Bench::Callgrind::instructions(%rig, file => $file);

        $result{$row} = [ $counted->{total} ];
        $by{$row} = $counted->{by};

        $run->say('%s: %.0f instructions a request', $row, $counted->{total});
    }

    my ($emulated, $real) = of_token();

    if (defined $emulated && defined $real) {
        $result{token} = [ $emulated ];
        $result{real_token} = [ $real ];
        $result{real_pixel} = [ $result{pixel}[0] - $emulated + $real ];

        $run->say('a token: %.0f instructions, %.0f on this processor',
            $emulated, $real);
    }

    $result{functions} = dearest($by{pixel}, $by{log});

    return \%result;
}


# Where the pixel is dearer than the log line: the functions, and by how much.
sub dearest {
    my ($by, $than) = @_;

    my %more = map { $_ => $by->{$_} - ($than->{$_} || 0) } keys %$by;
    my @names = sort { $more{$b} <=> $more{$a} || $a cmp $b } keys %more;

    return [ map { [ $_, $more{$_} ] } @names[0 .. 24] ];
}


# Instructions of verifying a token: as valgrind's processor executes them, and
# as this one does.
sub of_token {
    my $dir = Test::Mytwip::root() . '/build/bench';

    my ($rc, $text) = run_command('make', '-s', '-C',
        Test::Mytwip::root() . '/t/bench');
    die "make -C t/bench failed:\n$text" if $rc;

    my ($few, $many) = (10, 30);
    my %counted;

    for my $n ($few, $many) {
        (undef, $text) = run_command('valgrind', '--tool=callgrind',
            '--callgrind-out-file=/dev/null', "$dir/token", $n);
        ($counted{callgrind}{$n}) = $text =~ /Collected : (\d+)/;

        (undef, $text) = run_command("$dir/steps", "$dir/token", $n,
            'stop');
        ($counted{steps}{$n}) = $text =~ /^(\d+)$/m;
    }

    return map { my $of = $counted{$_};
        defined $of->{$few} && defined $of->{$many}
            ? ($of->{$many} - $of->{$few}) / ($many - $few) : undef
    } qw/ callgrind steps /;
}


# A lock that workers share would show in a futex for every so many events, and
# in more instructions.
sub workers {
    my ($run) = @_;

    my $file = $run->requests('/o/');
    my %result;

    for my $n (1, 4) {
        my $counted = Bench::Callgrind::instructions(workers => $n,
            cluster => $run->{cluster}, file => $file);

        $result{"instructions_$n"} = [ $counted->{total} ];
        $result{"futexes_$n"} = [ futexes($run, $n, $file) ];

        $run->say('%d workers: %.0f instructions a request, %.1f futexes for'
            . ' a million', $n, map { $result{$_ . "_$n"}[0] }
            qw/ instructions futexes /);
    }

    return \%result;
}


# System calls futex() for a million requests.
sub futexes {
    my ($run, $workers, $file) = @_;

    my $rig = Bench::Rig->new(cluster => $run->{cluster},
        workers => $workers);

    $rig->start();

    my $out = "$rig->{dir}/strace";
    my $pid = spawn([ 'strace', '-f', '-c', '-e', 'trace=futex', '-o', $out,
        map { ('-p', $_) } $rig->workers() ], signal => 'INT',
        output => "$rig->{dir}/strace.out");

    wait_until(sub {
        !grep { slurp("/proc/$_/status") !~ /^TracerPid:\s+[1-9]/m }
            $rig->workers();
    }, 10);

    my $said = load(port => $rig->port(0), file => $file,
        seconds => $quick ? 1 : 4);
    my $accepted = $rig->accepted();

    kill 'INT', $pid;
    wait_exit($pid, 10);

    my ($calls) = (-e $out ? slurp($out) : '')
        =~ /^\s*\S+\s+\S+\s+\S+\s+(\d+)\s.*futex$/m;

    $rig->finish();

    return ($calls || 0) / $accepted * 1e6;
}


1;
