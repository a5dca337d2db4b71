package Fault::Kind::Refusal;

# The database is there and refuses.

use strict;
use warnings;

use Fault::Kind qw/ fault /;
use Fault::Kind::Journal;
use Fault::Kind::Postgres;
use Fault::Rig;
use Test::Mytwip::System qw/ am_root chown_to run_command wait_until /;

sub held {
    my ($random) = @_;

    return (hold => $random->seconds(0.5, 3));
}


fault 'password' => (
    about  => 'the password of nginx is not the right one any more',
    told   => qr/database: .*password authentication failed/,
    over   => qr/database takes events again/,
    status => qr/password authentication failed/,
    lines  => 4,
    args   => \&held,
    rig    => sub {
        return (
            before => sub {
                my ($rig) = @_;

                $rig->pg()->query(<<'EOT');
DO $$
BEGIN
    IF to_regrole('guarded') IS NULL THEN
        CREATE ROLE guarded LOGIN IN ROLE mytwip_nginx, needs_password;
    END IF;
END
$$
EOT
                password($rig, 'right');
                my $file = $rig->write_keys('passfile',
                    "*:*:*:guarded:right\n");
                chown_to($rig->user(), $file) if am_root();
                $rig->{database} = { user => 'guarded', passfile => $file };
            },
        );
    },
    begin => sub {
        my ($rig) = @_;

        password($rig, 'another');
        Fault::Kind::Postgres::end_sessions($rig->pg());
    },
    end => sub { password($_[0], 'right') },
);


sub password {
    my ($rig, $password) = @_;

    $rig->pg()->query("ALTER ROLE guarded PASSWORD '$password'");

    return;
}


# Somebody has restored an empty database under this name.
fault 'extension' => (
    about  => 'the database is another one, without the extension',
    told   => qr/database: 3F000: schema "mytwip" does not exist/,
    over   => qr/database takes events again/,
    status => qr/does not exist/,
    lines  => 6,
    args   => \&held,
    rig    => sub { return () },
    begin  => sub {
        my ($rig) = @_;

        my $name = $rig->pg()->name();

        $rig->pg()->close();
        rename_database($rig, $name, "${name}_away");
        ask_postgres($rig, "CREATE DATABASE $name TEMPLATE template0");
    },
    end => sub {
        my ($rig) = @_;

        my $name = $rig->pg()->name();

        ask_postgres($rig, "DROP DATABASE $name WITH (FORCE)");
        rename_database($rig, "${name}_away", $name);
    },
);


sub ask_postgres {
    my ($rig, @sql) = @_;

    my $postgres = $rig->{cluster}->database('postgres');

    $postgres->query($_) for @sql;
    $postgres->close();

    return;
}


# Nobody may be connected, and nginx tries to.
sub rename_database {
    my ($rig, $from, $to) = @_;

    ask_postgres($rig, "ALTER DATABASE $from ALLOW_CONNECTIONS false",
        'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity'
        . " WHERE datname = '$from'",
        "ALTER DATABASE $from RENAME TO $to",
        "ALTER DATABASE $to ALLOW_CONNECTIONS true");

    return;
}


fault 'privilege' => (
    about  => 'nginx has lost the right to call mytwip.ingest()',
    on     => 'database',
    told   => qr/database: 42501: permission denied/,
    over   => qr/database takes events again/,
    status => qr/42501/,
    lines  => 3,
    args   => \&held,
    begin  => sub { right($_[0], 'REVOKE', 'FROM') },
    end    => sub { right($_[0], 'GRANT', 'TO') },
);


sub right {
    my ($rig, $verb, $direction) = @_;

    my $ingest = $rig->pg()->value(
        "SELECT 'mytwip.ingest'::regproc::regprocedure");

    $rig->pg()->query(
        "$verb EXECUTE ON FUNCTION $ingest $direction mytwip_nginx");

    return;
}


# Another session has a lock that a batch needs; in $args->{other}.
sub lock_table {
    my ($rig, $args, $table) = @_;

    my $other = $args->{other}
        = $rig->{cluster}->database($rig->pg()->name());

    $other->query("SET deadlock_timeout = '3s'; BEGIN;"
        . " LOCK TABLE $table IN ACCESS EXCLUSIVE MODE");

    return;
}


sub unlock_table {
    my ($rig, $args) = @_;

    my $other = delete $args->{other};

    $other->query('ROLLBACK');
    $other->close();

    return;
}


fault 'timeout' => (
    about  => 'statements run into statement_timeout',
    on     => 'database',
    told   => qr/database: 57014: canceling statement due to/,
    over   => qr/database takes events again/,
    status => qr/57014/,
    lines  => 4,
    args   => \&held,
    begin  => sub {
        my ($rig, $args) = @_;

        $rig->pg()->query('ALTER DATABASE ' . $rig->pg()->name()
            . " SET statement_timeout = '150ms'");
        lock_table($rig, $args, 'mytwip.issue_opens');
        Fault::Kind::Postgres::end_sessions($rig->pg());
    },
    end => sub {
        my ($rig, $args) = @_;

        unlock_table($rig, $args);
        $rig->pg()->query('ALTER DATABASE ' . $rig->pg()->name()
            . ' RESET statement_timeout');
    },
);


# The other session has a lock that a batch waits for, and waits for the mark
# that this batch has moved. The batch notices first, and is ended.
fault 'deadlock' => (
    about => 'batches are ended by deadlocks',
    on    => 'database',
    told  => qr/database: 40P01: deadlock detected/,
    over  => qr/database takes events again/,
    lines => 3,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(1, 3));
    },
    begin => sub {
        my ($rig, $args) = @_;

        for (1 .. $args->{times}) {
            lock_table($rig, $args, 'mytwip.issue_opens');
            # not for ever: another fault may keep all batches away
            wait_until(sub { waiting($rig) }, 5);
            # of two batches one may have waited too long to notice: then it
            # is this session that is ended
            $args->{other}->error('SELECT 1 FROM mytwip.journal FOR UPDATE');
            unlock_table($rig, $args);
        }
    },
);


sub waiting {
    my ($rig) = @_;

    return $rig->pg()->value('SELECT count(*) FROM pg_stat_activity'
        . ' WHERE datname = current_database() AND usename <> current_user'
        . " AND wait_event_type = 'Lock'");
}


# A batch waits for a lock while its worker is killed, or its connection is
# lost: the server does not notice, and another batch with the same events
# comes to wait behind it. Then both get the lock.
fault 'orphan-batch' => (
    about => 'a batch goes on in the database when its worker is gone',
    lines => 4,
    rig   => sub { return (road => 'proxy') },
    args  => sub {
        my ($random) = @_;

        return (by => $random->pick(qw/ kill reset /),
            hold => $random->seconds(0, 0.5));
    },
    begin => sub {
        my ($rig, $args) = @_;

        lock_table($rig, $args, 'mytwip.issue_opens');
        wait_until(sub { waiting($rig) >= Fault::Rig::WORKERS }, 5);

        my $orphans = waiting($rig) or die "no batch waits for the lock\n";

        if ($args->{by} eq 'kill') {
            $rig->away_while(sub { $rig->kill_worker($rig->workers()) });
        } else {
            $rig->proxy()->tell('reset');
        }

        wait_until(sub { waiting($rig) > $orphans }, 10)
            or die "no batch waits behind one that nobody waits for\n";
    },
    end => \&unlock_table,
);


# The partition of today is on a small disk, which somebody else's file fills.
fault 'pg-disk-full' => (
    about  => 'the disk of the table is full',
    needs  => \&Fault::Kind::Journal::needs_mount,
    told   => qr/database: 53100: could not extend file/,
    over   => qr/database takes events again/,
    status => qr/53100/,
    lines  => 4,
    rate   => 800,
    args   => \&held,
    rig    => sub { return (before => \&small_table) },
    begin  => sub {
        my ($rig) = @_;

        Fault::Kind::Journal::fill("$rig->{dir}/table/other");

        wait_until(sub { grep { ($_->{database}{last_error} || '') =~ /53100/ }
            @{$rig->status()->{workers}} }, 15)
            or die "the table still grows\n";
    },
    end => sub { unlink "$_[0]->{dir}/table/other" },
);


sub small_table {
    my ($rig) = @_;

    my $disk = "$rig->{dir}/table";
    my $space = 'small_' . $$ . '_' . ++$rig->{spaces};
    my $pg = $rig->pg();

    mkdir $disk;
    Fault::Kind::Journal::mount_small($disk, 16 * 1024 * 1024);
    mkdir "$disk/space";
    chown_to('postgres', "$disk/space");

    $pg->query("CREATE TABLESPACE $space LOCATION '$disk/space'");
    $pg->query(<<"EOT");
DO \$\$
DECLARE
    part  regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits
                 WHERE inhparent = 'mytwip.open'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s SET TABLESPACE $space', part);
    END LOOP;
END
\$\$
EOT

    push @{$rig->{undo}}, sub {
        # the database goes first, then its tablespace
        $rig->{cluster}->drop_databases();
        ask_postgres($rig, "DROP TABLESPACE $space");
        run_command('umount', '-l', $disk);
    };

    return;
}


# One issue's opens make any batch fail that has one of them.
fault 'refused-event' => (
    about => 'events of one issue are refused for their content',
    told  => qr/refused/,
    lines => 2,
    args  => sub {
        my ($random) = @_;

        return (sqlstate => $random->pick(qw/ P0001 22023 23514 54000 /));
    },
    rig   => sub {
        my ($args) = @_;

        return (before => sub { poison($_[0], $args->{sqlstate}) });
    },
    begin => sub { },
    ledger => sub { return (poison => $_[0]->{poison}) },
);


sub poison {
    my ($rig, $sqlstate) = @_;

    my $issue = $rig->{poison} = Fault::Rig::FIRST_ISSUE + 17;

    $rig->pg()->query(<<"EOT");
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    RAISE EXCEPTION 'refused' USING ERRCODE = '$sqlstate';
END
\$\$;

CREATE TRIGGER refuse BEFORE INSERT ON mytwip.open FOR EACH ROW
WHEN (new.issue_id = $issue) EXECUTE FUNCTION public.refuse();
EOT

    return;
}


1;
