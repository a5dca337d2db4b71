package Fault::Control;

# An nginx without the module, which serves the same static file: what is late
# there as well is the machine's doing.

use strict;
use warnings;

use File::Path qw/ remove_tree /;

use Test::Mytwip::Nginx;
use Test::Mytwip::System qw/
    alive free_port make_dir spawn spew wait_exit wait_until
/;


sub start {
    my ($class) = @_;

    my $dir = make_dir('mytwip-control');
    my $self = bless { dir => $dir, port => free_port(), owner => $$ }, $class;

    spew("$dir/static", 'x' x 2048);
    spew("$dir/nginx.conf", <<"EOT");
daemon off;
pid $dir/nginx.pid;
error_log $dir/error.log;

events { }

http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;

    server {
        listen  127.0.0.1:$self->{port};
        root    $dir;
    }
}
EOT

    $self->{pid} = spawn([ Test::Mytwip::Nginx::nginx(), '-p', "$dir/",
        '-e', "$dir/error.log", '-c', "$dir/nginx.conf" ],
        output => "$dir/nginx.out");

    wait_until(sub { -s "$dir/nginx.pid" || !alive($self->{pid}) }, 10);
    die "the nginx to compare with did not start\n"
        unless alive($self->{pid});

    return $self;
}


sub dir { return $_[0]{dir} }
sub port { return $_[0]{port} }


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;
    return if $self->{owner} != $$;

    kill 'TERM', $pid;
    kill 'KILL', $pid unless defined wait_exit($pid, 5);
    remove_tree($self->{dir});

    return;
}


sub DESTROY {
    my ($self) = @_;

    $self->stop();

    return;
}


1;
