package Bench::Proc;

# What the kernel says of processes and of the machine: processor time, memory,
# and how busy the machine was with something else meanwhile.

use strict;
use warnings;

use Exporter qw/ import /;
use POSIX ();
use Time::HiRes qw/ time /;

use Test::Mytwip::System qw/ descendants slurp run_command /;

our @EXPORT_OK = qw/ cpu cpu_tree memory peak busy machine /;

my $HZ = POSIX::sysconf(POSIX::_SC_CLK_TCK());


sub fields {
    my ($pid) = @_;

    my $line = eval { slurp("/proc/$pid/stat") };
    return unless defined $line && $line =~ /\) (.*)/s;

    return split ' ', $1;
}


# Seconds of processor time of these processes.
sub cpu {
    my (@pids) = @_;

    my $sum = 0;

    for my $pid (@pids) {
        my @f = fields($pid) or next;
        $sum += $f[11] + $f[12];
    }

    return $sum / $HZ;
}


# Of a process, of all that it started, and of those of them that have ended
# and been waited for.
sub cpu_tree {
    my ($pid) = @_;

    my @f = fields($pid) or return 0;
    my $sum = $f[11] + $f[12] + $f[13] + $f[14];

    for my $child (descendants($pid)) {
        my @c = fields($child) or next;
        $sum += $c[11] + $c[12];
    }

    return $sum / $HZ;
}


# Bytes of memory of its own: what is mapped from files, as journal segments
# are, and what is shared, as nginx's zones are, is not in it.
sub memory {
    my ($pid) = @_;

    return status($pid, 'RssAnon');
}


# Most bytes it had in memory at any time, mapped segments included.
sub peak {
    my ($pid) = @_;

    return status($pid, 'VmHWM');
}


sub status {
    my ($pid, $name) = @_;

    my ($kb) = (eval { slurp("/proc/$pid/status") } || '')
        =~ /^\Q$name\E:\s+(\d+) kB/m;

    return defined $kb ? $kb * 1024 : undef;
}


# Seconds of processor time that the whole machine has spent, all cores.
sub busy {
    my ($line) = slurp('/proc/stat') =~ /^cpu +(.*)/m;
    my ($user, $nice, $system, undef, undef, $irq, $soft, $steal)
        = split ' ', $line;

    return ($user + $nice + $system + $irq + $soft + $steal) / $HZ;
}


# What RESULTS.md says of it.
sub machine {
    my $cpuinfo = slurp('/proc/cpuinfo');
    my ($model) = $cpuinfo =~ /^model name\s*:\s*(.*)$/m;
    my ($flags) = $cpuinfo =~ /^flags\s*:\s*(.*)$/m;
    my ($memory) = slurp('/proc/meminfo') =~ /^MemTotal:\s+(\d+)/m;
    my $virtual = ($flags || '') =~ /\bhypervisor\b/;
    my (undef, $disk) = run_command('stat', '-f', '-c', '%T',
        $ENV{TMPDIR} || '/tmp');
    my ($release) = (eval { slurp('/etc/os-release') } || '')
        =~ /^PRETTY_NAME="?(.*?)"?$/m;
    my $cores = () = $cpuinfo =~ /^processor\s*:/mg;

    chomp $disk;

    return {
        cpu => ($model || 'unknown') . ($virtual ? ', virtual machine' : ''),
        cores => $cores,
        memory => sprintf('%.0f GiB', $memory / 1024 / 1024),
        kernel => (POSIX::uname())[2],
        system => $release || 'Linux',
        disk => $disk,
        load => (split ' ', slurp('/proc/loadavg'))[0],
    };
}


1;
