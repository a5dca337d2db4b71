#!/usr/bin/perl

# The example configuration is one that nginx takes.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ am_root run_command slurp /;

my $t = Test::Mytwip->new();
my $example = $t->root() . '/conf.example';
my @files = grep { -f } glob "$example/*";

plan(tests => 4);

ok(-f "$example/nginx.conf", 'there is an example');

# as its first lines say: the files are copied into one directory, and the
# names in them are changed to what is there

for my $file (@files) {
    my ($name) = $file =~ m{([^/]+)$};
    my $text = slurp($file);
    my $dir = $t->dir();
    my $module = $t->load_module();

    $text =~ s/^\s*load_module\s+\S*ngx_mytwip_module\.so;/$module/mg;
    $text =~ s/^\s*user\s+[^;]*;//mg unless am_root();
    $text =~ s{^(\s*pid\s+)[^;]*;}{$1$dir/nginx.pid;}mg;
    $text =~ s{^(\s*error_log\s+)\S+}{$1$dir/example.log}mg;
    $text =~ s{^(\s*access_log\s+)/\S+?(?=[ ;])}{$1$dir/access.log}mg;
    $text =~ s{^(\s*mytwip_journal\s+)[^ ;]+}{$1$dir/journal}mg;
    $text =~ s{^(\s*mytwip_keys\s+)[^ ;]+}{$1 . $t->keys_file()}meg;
    $text =~ s{^(\s*mytwip_database\s+)[^;]+}{$1 . '"' . $t->pg()->conninfo()
        . '"'}meg;
    $text =~ s{^(\s*listen\s+)[^ ;]+}{$1 . '127.0.0.1:' . $t->port(0)}meg;

    $t->write_file($name, $text);
}

run_command('cp', '-r', "$example/pages", $t->dir());

my ($rc, $text) = run_command($t->command(), '-t');

is($rc, 0, 'nginx -t takes it') or diag($text);
unlike($text, qr/\[(?:warn|error)\]/, 'without a warning');


# the README's own example

my ($block) = slurp($t->root() . '/README.md') =~ /^```nginx\n(.*?)^```/ms;
my $module = $t->load_module();
my $dir = $t->dir();

$block =~ s/^load_module[^;]*;/$module/m;
$block =~ s{(mytwip_database\s+)[^;]+}{$1 . '"' . $t->pg()->conninfo() . '"'}e;
$block =~ s{(mytwip_keys\s+)[^;]+}{$1 . $t->keys_file()}e;
$block =~ s{(mytwip_journal\s+)\S+}{$1$dir/journal};
$block =~ s/server \{/server { listen 127.0.0.1:%%PORT_0%%;/;

$t->write_file_expand('nginx.conf', "$block pid $dir/nginx.pid; events { }");

($rc, $text) = run_command($t->command(), '-t');

is($rc, 0, 'nginx -t takes the example of the README') or diag($text);
