#!/usr/bin/perl

# The rules of conf.example/agents.rules against the User-Agents of others:
# the instances of the npm package crawler-user-agents are machines, those of
# the npm package user-agents are people's browsers. Both are fetched into
# build/ and are no part of this repository.
#
# CRAWLERS= and BROWSERS= give other versions of the packages, "latest" too.
# CLASSIFY= gives a classify that has been built already.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use File::Path qw(make_path);
use JSON::PP;
use Test::More;

my $rules = 'conf.example/agents.rules';
my $out = 'build/agents';

my %package = (
    'crawler-user-agents' => $ENV{CRAWLERS} || '1.60.0',
    'user-agents' => $ENV{BROWSERS} || '2.1.198',
);

# This may run inside of a make that has flags of its own.
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

make_path($out);
fetch();

plan tests => 6;

my $classify = $ENV{CLASSIFY} || built();

# A crawler's instances are of one make: the halves share no crawler.

my (%crawlers, %half);

for my $crawler (@{ json('crawler-user-agents/crawler-user-agents.json') }) {
    my $byte = ord sha256($crawler->{pattern});
    my $seen = ($byte & 3) != 3;

    for my $agent (@{ $crawler->{instances} || [] }) {
        $crawlers{$agent} = 1;
        $half{$seen ? 'looked at' : 'not looked at'}{$agent} = 1;
    }
}

cmp_ok(keys %crawlers, '>', 1500, 'there are crawlers');

my $machines = judged('crawlers', \%crawlers);

cmp_ok(100 * machines($machines), '>=', 99.0 * total($machines),
    'at least 99.0 % of the crawlers are machines');

for my $half (sort keys %half) {
    judged("crawlers $half when the rules were written", $half{$half});
}

# Each once, as the rules know nothing of how common one is; and by the share
# that the package gives it, as these are drawn.

my %browsers;

for my $browser (@{ json('user-agents/dist/user-agents.json') }) {
    $browsers{ $browser->{userAgent} } += $browser->{weight};
}

cmp_ok(keys %browsers, '>', 500, 'there are browsers');

my $people = judged('browsers', { map { $_ => 1 } keys %browsers });
my $shares = judged('browsers, by their share', \%browsers);

cmp_ok(100 * machines($people), '<=', 0.1 * total($people),
    'at most 0.1 % of the browsers are machines');
cmp_ok(100 * machines($shares), '<=', 0.1 * total($shares),
    'at most 0.1 % of what is drawn from the browsers is a machine');
cmp_ok(100 * ($people->{human} || 0), '>=', 99.5 * total($people),
    'at least 99.5 % of the browsers are people');


# Without the registry there is nothing to test with, and it says so.

sub fetch {
    my @missing = grep { !-f "$out/node_modules/$_/package.json"
            || json("$_/package.json")->{version} ne $package{$_} }
        sort keys %package;

    return unless @missing;

    plan skip_all => 'npm is not installed'
        if system('command -v npm > /dev/null 2>&1') != 0;

    my @install = (qw(npm install --silent --no-save --no-package-lock),
        qw(--no-audit --no-fund --ignore-scripts --fetch-retries=1),
        '--prefix', $out, map { "$_\@$package{$_}" } sort keys %package);

    plan skip_all => "npm could not fetch @missing"
        if system("@install < /dev/null > $out/npm.log 2>&1") != 0;
}


sub built {
    system('make', '-s', '-C', 't/agents', '../../build/agents/classify') == 0
        or BAIL_OUT('classify cannot be built');

    return "$out/classify";
}


sub json {
    my ($name) = @_;

    open my $file, '<:raw', "$out/node_modules/$name"
        or die "$out/node_modules/$name: $!\n";
    local $/ = undef;

    return JSON::PP->new->utf8->decode(scalar <$file>);
}


# Classifies User-Agents with a weight each; returns the weight of each class,
# having said it, and which were not what they were to be.

sub judged {
    my ($name, $weights) = @_;

    my $human = $name =~ /^browsers/;
    my $path = "$out/" . ($name =~ /^(\w+)$/ ? $1 : 'part') . '.txt';

    open my $file, '>:utf8', $path or die "$path: $!\n";
    print $file "$_\n" for sort keys %$weights;
    close $file or die "$path: $!\n";

    my (%weight, @wrong);

    open my $classes, '-|:utf8', "$classify $rules < $path"
        or die "$classify: $!\n";

    while (<$classes>) {
        chomp;

        my ($class, $agent) = split /\t/, $_, 2;
        my $person = $class eq 'human' || $class eq 'unknown';

        $weight{$class} += $weights->{$agent};
        push @wrong, "$class: $agent" if $human != $person;
    }

    close $classes or die "$classify failed\n";

    my $total = total(\%weight);

    my @said = map { sprintf('%s %.6g (%.2f %%)', $_, $weight{$_},
            100 * $weight{$_} / $total) } sort keys %weight;

    diag("$name: ", join(', ', @said));

    if ($name =~ /^\w+$/) {
        note($_) for @wrong;
    }

    return \%weight;
}


sub machines {
    my ($weight) = @_;

    return total({ map { $_ => $weight->{$_} || 0 } qw(bot prefetch proxy) });
}


sub total {
    my ($weight) = @_;

    my $total = 0;
    $total += $_ for values %$weight;

    return $total;
}
