#!/usr/bin/perl

# Mistakes in the files that nginx.conf names, the keys and the directory of
# the journal, are told by "nginx -t" as well. No key is shown in a message.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Conf;
use Test::Mytwip::Cluster;
use Test::Mytwip::System qw/ am_root chown_to run_command /;

my $t = Test::Mytwip->new();

# the journal's directory

SKIP: {
    skip 'only as root: whose directories are reachable for workers', 2
        unless am_root();

    mkdir $t->dir() . '/closed';
    chmod 0700, $t->dir() . '/closed';

    refused($t, 'a directory that the workers cannot reach',
        qr{"mytwip_journal" directory "\S+/closed/journal" .*"www-data"},
        main => '#', journal => 'mytwip_journal closed/journal; #HERE');

    mkdir $t->dir() . '/others';
    chmod 0755, $t->dir() . '/others';
    chown_to('postgres', $t->dir() . '/others');
    accepted($t, 'a directory of somebody else is given to the workers',
        journal => 'mytwip_journal others;');
}

$t->write_file('file', '');

for my $bad ('file', 'no/such/parent') {
    my ($rc, $text) = $t->nginx_t(conf(journal => "mytwip_journal $bad;"));

    isnt($rc, 0, "\"mytwip_journal $bad;\" is refused");
    like($text, qr{\[emerg\].*"\Q${\$t->dir()}\E/$bad"},
        'with the name of the directory');
}

# the file of the keys

my $key = 'ab' x 32;

for my $case (
    [ 'no key'           => "# none\n", undef, qr/no key in the file/ ],
    [ 'no colon'         => "# a\n1 $key\n", 2, qr/"id:hex" is expected/ ],
    [ 'a word as an id'  => "one:$key\n", 1, qr/key id is not a number/ ],
    [ 'id 0'             => "0:$key\n", 1, qr/key id is not in 1\.\.65535/ ],
    [ 'id 65536'         => "65536:$key\n", 1,
      qr/key id is not in 1\.\.65535/ ],
    [ 'an id twice'      => "1:$key\n\n2:$key\n1:$key\n", 4,
      qr/key id 1 is there twice/ ],
    [ 'a short key'      => "1:" . 'ab' x 16 . "\n", 1,
      qr/key has 32 digits, 64 are needed/ ],
    [ 'a long key'       => "1:${key}ab\n", 1,
      qr/key has 66 digits, 64 are needed/ ],
    [ 'an odd character' => "1:$key\n2:" . 'ab' x 31 . "xy\n", 2,
      qr/character 63 of the key is not a hexadecimal digit/ ],
    [ 'too many keys'    => join('', map { "$_:$key\n" } 1 .. 65), 65,
      qr/more than 64 keys/ ],
    [ 'too long a line'  => "1:$key\n#" . 'x' x 2000 . "\n", 2,
      qr/line is longer than 1024 bytes/ ],
    [ 'too large a file' => "# x\n" x 20000, undef,
      qr/file is larger than 65536 bytes/ ],
)
{
    my ($name, $text, $line, $message) = @$case;

    my $where = $line ? qr/, line $line\b/ : '';

    $t->write_keys('bad', $text);
    refused($t, "a key file with $name",
        qr/"mytwip_keys".*$message.*\Q${\$t->dir()}\E\/bad"$where/,
        keys => 'mytwip_keys bad; #HERE');
}

unlike(($t->nginx_t(conf(keys => 'mytwip_keys bad;')))[1], qr/[0-9a-f]{16}/,
    'no key is shown');

$t->write_keys('open', "1:$key\n", 0644);
refused($t, 'a key file that everybody may read',
    qr/"mytwip_keys".*open to everybody \(mode 644\).*chmod.*\/open"/,
    keys => 'mytwip_keys open; #HERE');
refused($t, 'a key file that is not there',
    qr/"mytwip_keys".*cannot be opened.*\/missing".*No such file/,
    keys => 'mytwip_keys missing; #HERE');
refused($t, 'a directory as a key file', qr/"mytwip_keys".*not a regular file/,
    keys => 'mytwip_keys .; #HERE');

# root may write everywhere: somebody else is asked, who has all of this now

my $dir = $t->dir();

mkdir "$dir/shut";
$t->nginx_t(conf(journal => 'mytwip_journal shut;'));

my $conf = $t->read_file('test.conf');

if ($conf =~ s{^(\s*load_module\s+)(\S+?);}{$1$dir/module.so;}m) {
    run_command('cp', $2, "$dir/module.so");
}

$t->write_file('test.conf', $conf);
run_command('chown', '-R', 'postgres', $dir) if am_root();
chmod 0500, "$dir/shut";

my ($rc, $text) = Test::Mytwip::Cluster::run_as_owner(
    $t->command("$dir/test.conf"), '-t');

isnt($rc, 0, 'a directory that is not writable is refused');
like($text, qr{directory "\Q$dir\E/shut" is not writable .*/test\.conf:\d+},
    'with a message that tells where');

done_testing();
