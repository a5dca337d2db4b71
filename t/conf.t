#!/usr/bin/perl

# Every mistake in nginx.conf is told by "nginx -t": which directive, which
# value, what is expected, and in which line of which file. In the cases below
# the mistake stands in the line marked #HERE.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Conf;

my $t = Test::Mytwip->new();
my $pages = $t->root() . '/conf.example/pages';

# what is right

accepted($t, 'a whole configuration is accepted');
accepted($t, 'and all parameters', keys => 'mytwip_keys keys;',
    journal => 'mytwip_journal journal/ segment=64k max=1g sync=off'
        . ' retain=1d;',
    http => 'mytwip_batch rows=1 delay=1ms; mytwip_privacy_signal off;');
accepted($t, 'a time for sync=',
    journal => 'mytwip_journal %%TESTDIR%%/journal sync=50ms;');
accepted($t, 'sync=always',
    journal => 'mytwip_journal %%TESTDIR%%/journal sync=always;');
accepted($t, 'mytwip_privacy_signal in a server and a location',
    server => 'mytwip_privacy_signal off;',
    location => 'mytwip_pixel; mytwip_privacy_signal on;');
accepted($t, 'several hosts, by name, by address and by socket',
    database => 'mytwip_database "host=localhost,127.0.0.1,/tmp port=1,2,3'
        . ' dbname=x target_session_attrs=read-write";');
accepted($t, 'a URI',
    database => 'mytwip_database postgresql://mytwip_nginx@localhost:5432/x;');
accepted($t, 'none of the directives', database => '', keys => '',
    journal => '', location => '');

# in the wrong place

for my $directive ('mytwip_database host=localhost', 'mytwip_keys keys',
    'mytwip_journal journal', 'mytwip_batch rows=1')
{
    my ($word) = split ' ', $directive;

    refused($t, "$word is of the http block",
        qr/"$word" directive is not allowed here/,
        server => "$directive; #HERE");
}

for my $directive ('mytwip_pixel', 'mytwip_status') {
    refused($t, "$directive is of a location",
        qr/"$directive" directive is not allowed here/,
        server => "$directive; #HERE");
}

refused($t, 'mytwip_privacy_signal is not of the main block',
    qr/"mytwip_privacy_signal" directive is not allowed here/,
    main => 'mytwip_privacy_signal on; #HERE');

# with too few or too many words

for my $directive ('mytwip_database', 'mytwip_database a b', 'mytwip_keys',
    'mytwip_keys a b', 'mytwip_journal', 'mytwip_batch',
    'mytwip_privacy_signal')
{
    my ($word) = split ' ', $directive;

    (my $key = $word) =~ s/^mytwip_//;
    $key = 'http' unless exists $Test::Mytwip::Conf::good{$key};

    refused($t, "\"$directive;\"",
        qr/invalid number of arguments in "$word" directive/,
        $key => "$directive; #HERE");
}

refused($t, '"mytwip_pixel on;"',
    qr/invalid number of arguments in "mytwip_pixel" directive/,
    location => 'mytwip_pixel on; #HERE');
refused($t, '"mytwip_privacy_signal maybe;"',
    qr/invalid value "maybe" in "mytwip_privacy_signal" directive/,
    http => 'mytwip_privacy_signal maybe; #HERE');

# twice

for my $key (qw/ database keys journal /) {
    refused($t, "mytwip_$key twice", qr/"mytwip_$key" directive is duplicate/,
        http => "$Test::Mytwip::Conf::good{$key} #HERE");
}

refused($t, 'mytwip_batch twice', qr/"mytwip_batch" directive is duplicate/,
    http => "mytwip_batch rows=1;\nmytwip_batch delay=1s; #HERE");
refused($t, 'mytwip_pixel twice', qr/"mytwip_pixel" directive is duplicate/,
    location => "mytwip_pixel;\nmytwip_pixel; #HERE");
refused($t, 'mytwip_status twice', qr/"mytwip_status" directive is duplicate/,
    location => "mytwip_status;\nmytwip_status json; #HERE");
refused($t, 'mytwip_privacy_signal twice',
    qr/"mytwip_privacy_signal" directive is duplicate/,
    http => "mytwip_privacy_signal on;\nmytwip_privacy_signal on; #HERE");
refused($t, 'two directives that answer, in one location',
    qr/"mytwip_status" directive .*location/,
    location => "mytwip_pixel;\nmytwip_status; #HERE");
refused($t, 'with a directive of somebody else',
    qr/"mytwip_pixel" directive .*location/,
    location => "empty_gif;\nmytwip_pixel; #HERE");

# one without another

for my $key (qw/ database keys journal /) {
    refused($t, "mytwip_pixel without mytwip_$key",
        qr/"mytwip_pixel" needs "mytwip_$key" in the "http" block/,
        $key => '', location => 'mytwip_pixel; #HERE');
}

for my $directive (qw/ mytwip_unsubscribe mytwip_privacy /) {
    for my $key (qw/ database keys journal /) {
        refused($t, "$directive without mytwip_$key",
            qr/"$directive" needs "mytwip_$key" in the "http" block/,
            $key => '', server => "mytwip_pages $pages;",
            location => "$directive; #HERE");
    }

    refused($t, "$directive without pages",
        qr/"$directive" needs "mytwip_pages" with the directory/,
        location => "$directive; #HERE");
    refused($t, "$directive twice", qr/"$directive" directive is duplicate/,
        location => "$directive;\n$directive; #HERE");
    refused($t, "\"$directive on;\"",
        qr/invalid number of arguments in "$directive" directive/,
        location => "$directive on; #HERE");
    refused($t, "$directive is of a location",
        qr/"$directive" directive is not allowed here/,
        server => "$directive; #HERE");
    refused($t, "$directive with pages that are not there",
        qr{"mytwip_pages" lacks "/nowhere/fr/unsubscribe\.html"},
        location => "$directive; mytwip_pages /nowhere; #HERE");
}

refused($t, 'mytwip_privacy beside mytwip_unsubscribe',
    qr/"mytwip_privacy" directive .*location/,
    location => "mytwip_unsubscribe;\nmytwip_privacy; #HERE");

refused($t, 'mytwip_status without mytwip_database',
    qr/"mytwip_status" needs "mytwip_database" in the "http" block/,
    database => '', location => 'mytwip_status; #HERE');

# parameters of mytwip_journal

my $j = 'mytwip_journal %%TESTDIR%%/journal';

for my $bad (qw/ segment=63k segment=0 segment=-1 segment= segment=x
    segment=1025m segment=64kk /)
{
    refused($t, "mytwip_journal $bad",
        qr/"$bad" in "mytwip_journal".* 64k to 1024m/,
        journal => "$j $bad; #HERE");
}

for my $bad (qw/ max=0 max=x max= max=-1 /) {
    refused($t, "mytwip_journal $bad",
        qr/"$bad" in "mytwip_journal".* size is expected/,
        journal => "$j $bad; #HERE");
}

for my $bad (qw/ sync=sometimes sync= sync=0 sync=on sync=-1s /) {
    refused($t, "mytwip_journal $bad",
        qr/"$bad" in "mytwip_journal".*"always", "off" or a time/,
        journal => "$j $bad; #HERE");
}

for my $bad (qw/ retain=ever retain= retain=-1 /) {
    refused($t, "mytwip_journal $bad",
        qr/"$bad" in "mytwip_journal".* time is expected/,
        journal => "$j $bad; #HERE");
}

for my $bad (qw/ size=64k segment 64k Segment=64k /) {
    refused($t, "mytwip_journal $bad",
        qr/"$bad" in "mytwip_journal".*"segment=".*"retain="/,
        journal => "$j $bad; #HERE");
}

refused($t, 'a max= of less than two segments',
    qr/"mytwip_journal".*"max".*two segments/,
    journal => "$j segment=1m max=1m; #HERE");
refused($t, 'a max= of less than a segment for each worker',
    qr/"mytwip_journal".*4 worker processes.*"max" is to be at least 8388608/,
    main => 'worker_processes 4;',
    journal => "$j segment=1m max=2m; #HERE");

# parameters of mytwip_batch

for my $bad (qw/ rows=0 rows=x rows= rows=-1 rows=65537 rows=1k /) {
    refused($t, "mytwip_batch $bad",
        qr/"$bad" in "mytwip_batch".* 1 to 65536 /,
        http => "mytwip_batch $bad; #HERE");
}

for my $bad (qw/ delay=0 delay=x delay= delay=-1 /) {
    refused($t, "mytwip_batch $bad",
        qr/"$bad" in "mytwip_batch".* time is expected/,
        http => "mytwip_batch $bad; #HERE");
}

refused($t, 'mytwip_batch 4096',
    qr/"4096" in "mytwip_batch".*"rows=" or "delay="/,
    http => 'mytwip_batch 4096; #HERE');
refused($t, 'mytwip_status xml',
    qr/"xml" in "mytwip_status".*"json" or "prometheus"/,
    location => 'mytwip_status xml; #HERE');

# a mistake does not end what is running

$t->write_file_expand('nginx.conf', conf());
$t->run();
$t->write_file_expand('nginx.conf', conf(keys => 'mytwip_keys missing;'));

my @workers = $t->workers();

kill 'HUP', $t->pid();
$t->eventually(sub { $t->error_log() =~ /\[emerg\].*mytwip_keys/ },
    'a reload with a mistake is refused');
is(join(' ', $t->workers()), "@workers", 'and the workers go on');
like(http_get($t->pixel(1, 7)), qr/200 OK/, 'answering pixels');
$t->eventually_is(sub { $t->pg()->value('SELECT count(*) FROM mytwip.open') },
    1, 'and storing them');

done_testing();
