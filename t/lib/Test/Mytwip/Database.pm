package Test::Mytwip::Database;

# A database of a test, reached by a psql that stays open: starting one for
# every look at a condition would take most of a test's time.

use strict;
use warnings;

use IO::Select;
use IPC::Open3;
use Scalar::Util qw/ weaken /;

use Test::Mytwip::System qw/ wait_exit /;

use constant TIMEOUT => 30;             # seconds for one query


sub new {
    my ($class, $cluster, $name) = @_;

    my $self = bless { cluster => $cluster, name => $name }, $class;

    push @{$cluster->{sessions}}, $self;
    weaken($cluster->{sessions}[-1]);

    return $self;
}


sub name { return $_[0]{name} }
sub cluster { return $_[0]{cluster} }


# The cluster's switches, for a test that has one of its own.
sub start { my $self = shift; return $self->{cluster}->start(@_) }
sub stop { my $self = shift; return $self->{cluster}->stop(@_) }
sub restart { my $self = shift; return $self->{cluster}->restart(@_) }
sub pause { my $self = shift; return $self->{cluster}->pause(@_) }
sub resume { my $self = shift; return $self->{cluster}->resume(@_) }


# A libpq connection string for the role that nginx has. What is given
# replaces or adds keywords; undef leaves one out.
sub conninfo {
    my ($self, %change) = @_;

    my %word = (
        host => '127.0.0.1', port => $self->{cluster}->port(),
        dbname => $self->{name}, user => 'mytwip_nginx', %change,
    );

    return join ' ', map { "$_=$word{$_}" }
        grep { defined $word{$_} } sort keys %word;
}


# For nginx the database is away, for the tests it is there: superusers are not
# counted against the limit.
sub close_to_nginx {
    my ($self) = @_;

    $self->query("ALTER DATABASE $self->{name} CONNECTION LIMIT 0");
    $self->query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
        . " WHERE datname = current_database() AND usename <> 'postgres'");

    return $self;
}


sub open_to_nginx {
    my ($self) = @_;

    $self->query("ALTER DATABASE $self->{name} CONNECTION LIMIT -1");

    return $self;
}


# Runs the SQL; returns what it printed, a row a line, columns separated by
# tabs. Dies with PostgreSQL's message.
sub query {
    my ($self, $sql) = @_;

    my ($ok, $text) = $self->ask($sql);
    die "query failed: $text\nit was: $sql\n" unless $ok;

    return $text;
}


# The same for SQL that must fail; returns the message, '' if it did not.
sub error {
    my ($self, $sql) = @_;

    my ($ok, $text) = $self->ask($sql);

    return $ok ? '' : $text;
}


sub value {
    my ($self, $sql) = @_;

    return (split /\t/, $self->query($sql), -1)[0];
}


sub rows {
    my ($self, $sql) = @_;

    return map { [ split /\t/, $_, -1 ] } split /\n/, $self->query($sql);
}


sub ask {
    my ($self, $sql) = @_;

    return $self->begin($sql)->end();
}


# The same in two steps, for SQL that waits for another session: begin() sends
# it, end() returns whether it went well and what came.
sub begin {
    my ($self, $sql) = @_;

    $self->open() unless $self->{pid};

    $self->{sql} = $sql;
    $self->{mark} = 'end-of-answer-' . ++$self->{asked};

    local $SIG{PIPE} = 'IGNORE';
    syswrite $self->{in}, "$sql\n;\n\\echo $self->{mark}\n";

    return $self;
}


sub end {
    my ($self) = @_;

    my ($sql, $mark) = delete @{$self}{qw/ sql mark /};
    my $text = '';
    my $select = IO::Select->new($self->{out});

    while (1) {
        if (!$select->can_read(TIMEOUT)) {
            $self->close();
            die "no answer within ${\TIMEOUT} s: $sql\n";
        }

        my $n = sysread $self->{out}, $text, 65536, length $text;

        if (!$n) {
            # an error ends psql, by ON_ERROR_STOP
            $self->close();
            $text =~ s/\n$//;
            return (0, $text);
        }

        return (1, $text =~ s/\n$//r) if $text =~ s/^\Q$mark\E\n\z//m;
    }
}


sub open {
    my ($self) = @_;

    $self->{pid} = open3($self->{in}, $self->{out}, undef, 'psql', '-XAtq',
        '-F', "\t", '-v', 'ON_ERROR_STOP=1',
        '-d', $self->{cluster}->admin_conninfo($self->{name}));
    $self->{owner} = $$;

    return;
}


sub close {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    my ($in, undef) = delete @{$self}{qw/ in out /};

    return if $self->{owner} != $$;

    # the end of its input may not reach it: children have a copy
    local $SIG{PIPE} = 'IGNORE';
    syswrite $in, "\\q\n";
    close $in;

    kill 'KILL', $pid unless defined wait_exit($pid, 2);

    return;
}


sub DESTROY {
    my ($self) = @_;

    $self->close();

    return;
}


1;
