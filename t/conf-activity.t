#!/usr/bin/perl

# Mistakes in the directives of activities, and in the file of the rules, are
# told by "nginx -t".

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Conf;

my $t = Test::Mytwip->new();

$t->write_file('good.rules', "GET ^/x\$ x\n");

# what is right

for my $ok ('mytwip_activity', 'mytwip_activity user=$remote_user',
    'mytwip_activity origin=https://a.example.org origin=http://b:8080',
    'mytwip_activity_rules good.rules', 'mytwip_activity_rules off',
    'mytwip_activity_rules good.rules user=$upstream_http_x_user',
    'mytwip_log activity=a', 'mytwip_log off',
    'mytwip_log activity=$uri resource=a:$arg_a user=1 if=$arg_b')
{
    accepted($t, $ok, location => "$ok;");
}

accepted($t, 'off below what is inherited',
    server => 'mytwip_log activity=a; mytwip_activity_rules good.rules;',
    location => 'mytwip_log off; mytwip_activity_rules off;');

# mytwip_activity

for my $bad (qw{ origin=a.example.org origin=https:// origin=ftp://a
    origin=https://a/ origin=https://a/b origin=https://a?b
    origin=https://c@a origin=https://*.a origin=https://: user users=1
    origin=https://a:443 origin=http://a:80 })
{
    refused($t, "mytwip_activity $bad",
        qr/"\Q$bad\E" in "mytwip_activity".*"user=", or "origin="/,
        location => "mytwip_activity $bad; #HERE");
}

for my $key (qw/ database keys journal /) {
    refused($t, "mytwip_activity without mytwip_$key",
        qr/"mytwip_activity" needs "mytwip_$key" in the "http" block/,
        $key => '', location => 'mytwip_activity; #HERE');
}

# mytwip_log

refused($t, 'mytwip_log without an activity', qr/"mytwip_log".*"activity="/,
    location => 'mytwip_log resource=a:1; #HERE');
refused($t, 'mytwip_log with something else',
    qr/"what=1" in "mytwip_log".*"activity=", "resource=", "user=" or "if="/,
    location => 'mytwip_log activity=a what=1; #HERE');
refused($t, 'mytwip_log off beside another',
    qr/"mytwip_log" directive cannot be "off" beside others/,
    location => "mytwip_log activity=a;\nmytwip_log off; #HERE");
refused($t, 'another beside mytwip_log off',
    qr/"mytwip_log" directive cannot be beside "off"/,
    location => "mytwip_log off;\nmytwip_log activity=a; #HERE");
refused($t, 'mytwip_log without mytwip_database',
    qr/"mytwip_log" needs "mytwip_database"/,
    database => '', location => 'mytwip_log activity=a; #HERE');

# mytwip_activity_rules

for my $twice ([ 'good.rules', 'good.rules' ], [ 'off', 'good.rules' ],
    [ 'good.rules', 'off' ])
{
    refused($t, "mytwip_activity_rules @$twice",
        qr/"mytwip_activity_rules" directive is duplicate/,
        location => "mytwip_activity_rules $twice->[0];\n"
            . "mytwip_activity_rules $twice->[1]; #HERE");
}

refused($t, 'rules with something else',
    qr/"if=1" in "mytwip_activity_rules".*"user="/,
    location => 'mytwip_activity_rules good.rules if=1; #HERE');
refused($t, 'a file of rules that is not there',
    qr/"mytwip_activity_rules".*cannot be opened.*missing.rules.*No such file/,
    location => 'mytwip_activity_rules missing.rules; #HERE');

for my $case (
    [ 'two words', 'GET ^/x$' ],
    [ 'no pattern', 'GET ^/(x x' ],
    [ 'an activity that is no slug', 'GET ^/x$ x/y' ],
    [ 'a capture that is not there', 'GET ^/x$ x page=$id' ],
)
{
    my ($name, $line) = @$case;

    $t->write_file('bad.rules', "# comment\n\nGET ^/a\$ a\n$line\n");
    refused($t, "a rule with $name",
        qr/"mytwip_activity_rules".*bad\.rules".*line 4\b/,
        location => 'mytwip_activity_rules bad.rules; #HERE');
}

done_testing();
