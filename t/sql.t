#!/usr/bin/perl

# Runs the pgTAP tests of t/sql/, each of which undoes what it did, and passes
# on what they say.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ run_command /;

my $t = Test::Mytwip->new();
my $pg = $t->pg();
my @files = map { m{([^/]+)$} } glob $t->root() . '/t/sql/*.pg';

chdir $t->root() or die $t->root() . ": $!\n";


for my $file (@files) {
    my ($rc, $text) = run_command('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1',
        '-d', $pg->cluster()->admin_conninfo($pg->name()),
        '-f', "t/sql/$file");

    my ($planned) = $text =~ /^1\.\.(\d+)$/m;
    my $ran = 0;

    for my $line (split /\n/, $text) {
        if ($line =~ /^(not )?ok \d+ ?-? ?(.*)$/) {
            ok(!$1, "$file: $2");
            $ran++;

        } elsif ($line !~ /^1\.\.\d+$/) {
            diag("$file: $line");
        }
    }

    is("$rc $ran", '0 ' . ($planned || 'none planned'),
        "$file ran to its end");
}


cmp_ok(@files, '>=', 1, 'there are tests in t/sql/');
is($pg->value('SELECT count(*) FROM mytwip.reader WHERE id > 900000'), 0,
    'they left nothing behind');

done_testing();
