#!/usr/bin/perl

# What the files of the readers' pages may contain: nothing that runs, nothing
# from elsewhere, values only where nginx's escaping is enough, and the same
# page in every language. No browser and no nginx is needed.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip::System qw/ slurp /;

use Cwd qw/ realpath /;
use File::Basename qw/ basename dirname /;

use constant LIMIT => 8 * 1024;         # bytes, of a page

my $pages = realpath(dirname(__FILE__) . '/../../conf.example/pages');

my @languages = qw/ fr en de /;
my @names = qw/
    invalid resubscribed unavailable unsubscribe unsubscribed unsubscribed-all
    privacy privacy-access privacy-erase privacy-erasure privacy-invalid
    privacy-stopped
/;

my $nonce = '<style nonce="<!--# echo var="request_id" -->">';

# what of SSI is in use
my $value = qr/<!--# echo var="mytwip_\w+" encoding="entity" default="" -->/;
my $test = qr/expr="\$mytwip_\w+(?: = \w+)?"/;
my $condition = qr/<!--# (?:(?:el)?if $test|else|endif) -->/;

my (%style, %shape);

plan tests => @languages * (1 + @names * 6) + 1 + @names + @languages * 2;

for my $language (@languages) {
    is(join(' ', sort map { basename($_, '.html') }
        glob "$pages/$language/*.html"), join(' ', sort @names),
        "$language has a file for every answer and no other");

    look_at($language, $_) for @names;
}

is(join(' ', map { $_->[0] } values %style), 'fr/invalid',
    'all pages have the same style');

for my $name (@names) {
    is(join("\n", sort keys %{$shape{$name}}), shape("fr/$name"),
        "$name is the same in every language but for the words");
}

for my $language (@languages) {
    for my $name (qw/ invalid privacy-invalid /) {
        unlike(slurp("$pages/$language/$name.html"),
            qr/newsletter" enc|sender"/, "$language/$name:"
            . ' a bad link learns nothing from the page that says so');
    }
}


# Tests that the text has no match; shows those that it has.
sub has_no {
    my ($pattern, $text, $name) = @_;

    is(join("\n", $text =~ /$pattern/g), '', $name);

    return;
}


sub look_at {
    my ($language, $name) = @_;

    my $page = "$language/$name";
    my $text = slurp("$pages/$page.html");

    cmp_ok(length $text, '<', LIMIT, "$page is small");

    my $style = $text =~ s{\Q$nonce\E\n(.*?)</style>\n}{}s ? $1 : 'none';

    push @{$style{$style}}, $page;
    $shape{$name}{shape($page)} = 1;

    has_no(qr{<style|\sstyle=|<script|\son\w+=|javascript:|\ssrc\w*=|//\w|
        <(?:link|img|picture|iframe|frame|object|embed|base|svg|video|audio)\b
        }xi, $text, "$page: nothing runs or comes from elsewhere");

    has_no(qr{url\(|image-set|\@import|\@font-face|<|font[^;]*\dp[xt]}i,
        $style, "$page: nor in its style, whose text has the reader's size");

    my @conditions = $text =~ /<!--# (if|elif|else|endif)\b/g;

    like("@conditions", qr/\A(?: ?if(?: elif)*(?: else)? endif)*\z/,
        "$page: no condition is in another, which nginx does not know");

    $text =~ s/$condition//g;
    $text =~ s/$value/VALUE/g;

    has_no(qr{<!--.*?>}, $text, "$page: every value is escaped");
    has_no(qr{<[^>]*VALUE[^>]*>}, $text, "$page: and between tags");

    return;
}


# The page without its words: its tags, values and conditions, in their order.
sub shape {
    my ($page) = @_;

    my $text = slurp("$pages/$page.html");

    $text =~ s/ lang="\w\w"//;

    return join "\n", $text =~ /<[^<>]*(?:<!--[^>]*>[^<>]*)?>/g;
}
