# shellcheck shell=bash
#
# The demo's PostgreSQL: a private cluster in .run/postgresql that listens on
# a Unix-domain socket in a directory of its owner, and nowhere else.

# shellcheck source=common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

database=mytwip
cluster=$state/postgresql
socket=
bin=


# Sets $cluster and $bin: find_state() may have moved $state.
find_postgresql()
{
    pg_config=${PG_CONFIG-}

    if [ -z "$pg_config" ]; then
        pg_config=$(find /usr/lib/postgresql/*/bin/pg_config 2> /dev/null \
                    | sort -V | tail -n 1)
        pg_config=${pg_config:-pg_config}
    fi

    bin=$("$pg_config" --bindir 2> /dev/null) || bin=

    [ -x "$bin/initdb" ] \
        || die "no PostgreSQL server found; apt-get install postgresql-15," \
               "or PG_CONFIG="

    sharedir=$("$pg_config" --sharedir)
    cluster=$state/postgresql
}


# Sets $socket: .run/socket is a directory, or a link to a short one, as the
# path of a socket has no room for more than 107 bytes.
find_socket()
{
    socket=$(readlink -e "$state/socket") || return 1
}


make_socket()
{
    find_socket && return 0

    as_user rm -f "$state/socket"

    # no path here that would need quotes in a connection string
    if [[ $state =~ ^[A-Za-z0-9/._-]{1,80}$ ]]; then
        as_user mkdir -m 700 "$state/socket"
    else
        as_user ln -s "$(as_user mktemp -d /tmp/mytwip.XXXXXXXX)" \
            "$state/socket"
    fi

    find_socket
}


sql()
{
    as_user "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
        -h "$socket" -U postgres -d "$database" "$@"
}


# the last thing that the log says is wrong
last_error()
{
    as_user grep -E 'FATAL|PANIC|ERROR' "$state/log/postgresql.log" \
        | tail -n 1 | sed 's/^.*\(FATAL\|PANIC\|ERROR\): */: /'
}


database_runs()
{
    [ -n "$(processes postgres)" ]
}


start_database()
{
    local mine theirs

    mine=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    theirs=$(as_user cat "$cluster/PG_VERSION")

    [ "$mine" = "$theirs" ] \
        || die "the cluster in .run is of PostgreSQL $theirs and this is" \
               "$mine: \"make clean\" starts anew, without its data"

    make_socket

    # a crash leaves these, and their process id may now be another's
    if ! database_runs; then
        as_user rm -f "$cluster/postmaster.pid" "$socket/.s.PGSQL.5432" \
            "$socket/.s.PGSQL.5432.lock"
    fi

    as_user "$bin/pg_ctl" -s -w -t 60 -D "$cluster" \
        -l "$state/log/postgresql.log" -o "-k $socket" start \
        > /dev/null 2>&1 9>&- \
        || die "PostgreSQL did not start$(last_error); see" \
               ".run/log/postgresql.log"
}


stop_database()
{
    if database_runs; then
        find_postgresql

        as_user "$bin/pg_ctl" -s -w -t 30 -D "$cluster" -m fast stop \
            > /dev/null 2>&1 || true

        end postgres QUIT 5 || end postgres KILL 5 || true
    fi

    if [ -L "$state/socket" ] && find_socket; then
        as_user rm -rf "$socket" "$state/socket"
    fi
}


# An empty cluster.  What a run that was ended half-way left is removed.
make_cluster()
{
    as_user rm -rf "$cluster" "$state/loaded"

    as_user "$bin/initdb" -D "$cluster" -U postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions \
        > /dev/null 2>&1 \
        || die "initdb failed; $bin/initdb -D DIR says why"

    as_user tee -a "$cluster/postgresql.conf" > /dev/null << 'END'

# the demo: one socket; no statement, parameter or row in the log
listen_addresses = ''
cluster_name = 'mytwip demo'
log_statement = 'none'
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
END

    echo 'local all all trust' | put "$cluster/pg_hba.conf"
}


# What makes the database: when it changes, the database is of another making.
source_sum()
{
    cat "$top/sql/mytwip-psql.sql" "$demo/demo.sql" | sha256sum
}


# Loads the extension, by CREATE EXTENSION if the server has the very files of
# this checkout, else by psql.
load_extension()
{
    local script

    script=mytwip--$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" \
                     "$top/sql/mytwip.control").sql

    if [ "$(id -u)" = 0 ] && [ ! -e "$sharedir/extension/mytwip.control" ]
    then
        make -s -C "$top/sql" PG_CONFIG="$pg_config" \
            install > /dev/null 2>&1 || true
    fi

    if cmp -s "$top/sql/$script" "$sharedir/extension/$script" \
       && cmp -s "$top/sql/mytwip.control" \
                 "$sharedir/extension/mytwip.control"
    then
        sql -c 'SET client_min_messages = warning' \
            -c 'CREATE EXTENSION mytwip CASCADE'
    else
        sql -c 'SET client_min_messages = warning' -f - \
            < "$top/sql/mytwip-psql.sql" > /dev/null
    fi
}


make_database()
{
    as_user "$bin/createdb" -h "$socket" -U postgres "$database"

    load_extension
    sql < "$demo/demo.sql" > /dev/null
    sql -c 'SELECT mytwip.new_key(true)' > /dev/null

    source_sum | put "$state/loaded"
}


# The database, made or as it was left, running and loaded.
open_database()
{
    if [ ! -e "$state/loaded" ]; then
        make_cluster
        start_database
        make_database \
            || die "the database could not be made; see" \
                   ".run/log/postgresql.log"

    elif [ "$(source_sum)" != "$(as_user cat "$state/loaded")" ]; then
        die "the database in .run was made by other files than those of" \
            "sql/ now: \"make clean\" starts anew, without its data"

    else
        start_database
    fi
}
