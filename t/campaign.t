#!/usr/bin/perl

# A small campaign of which the truth is known, through ingest: people are told
# from machines. t/bench/campaign does it with 200,000 readers.

use strict;
use warnings;

use lib qw{ t/lib t/bench/lib };
use Test::More tests => 5;

use Campaign;

my $campaign = Campaign->new();

# fewer would vary by more than what is left to the bound: one client in 50 is
# not known to the rules
$campaign->run(1, 4000);

diag($campaign->report()) unless $campaign->met();

cmp_ok($campaign->precision(), '>=', Campaign::PRECISION,
    'what is called human is people');
cmp_ok($campaign->recall(), '>=', Campaign::RECALL,
    'people are called human, but for those behind a relay');
is($campaign->intervals(), 100, 'the interval has the true rate');
is($campaign->human([ 'relay' ]), 0, 'a relay is never human');
is(join(' ', grep { $campaign->{matrix}{$_}{none} }
    keys %{$campaign->{matrix}}), '', 'every fetch is found again');
