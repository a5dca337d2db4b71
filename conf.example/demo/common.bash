# shellcheck shell=bash
#
# What the demo's scripts share: where its state is, as whom its servers run,
# and which processes are its own.
#
# The state is .run/ at the top of the checkout:
#
#     postgresql/  the cluster            modules/  the module that is served
#     socket       PostgreSQL's socket    journal/  nginx's journal
#     nginx.conf, keys, html/, log/, port, loaded (what made the database)
#
# The servers never run as root: as root, everything is given to the user
# "postgres".  Where that user cannot reach the checkout, .run is a link to a
# directory under /var/tmp.  Root itself writes nothing in there: the owner
# could have put links in its way.

demo=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$demo/../.." && pwd -P)
state=$top/.run
elsewhere=/var/tmp/mytwip-run
lost=()

# libpq's own variables would lead elsewhere
for name in ${!PG*}; do
    [ "$name" = PG_CONFIG ] || unset "$name"
done

if [ "$(id -u)" = 0 ]; then
    user=postgres
    as=(setpriv --reuid="$user" --regid="$user" --init-groups --
        env -i PATH="$PATH" HOME=/)
else
    user=$(id -un)
    as=()
fi


say()
{
    printf 'mytwip: %s\n' "$*" >&2
}


die()
{
    say "$@"
    exit 1
}


as_user()
{
    "${as[@]}" "$@"
}


# put FILE: makes it of the standard input, for its owner alone, at once
put()
{
    # shellcheck disable=SC2016
    as_user sh -c 'umask 077; cat > "$1.new" && mv "$1.new" "$1"' sh "$1"
}


# Sets $state to where it really is; fails if there is none yet.
find_state()
{
    local owner

    if [ -L "$state" ] && [ ! -e "$state" ]; then
        lost+=("$(readlink "$state")")
        rm "$state"
    fi

    [ -d "$state" ] || return 1

    owner=$(stat -L -c %U "$state")

    if [ "$owner" != "$user" ]; then
        die ".run belongs to $owner, and this would run as $user:" \
            "\"make clean\" as root, or as that user, removes it"
    fi

    state=$(cd "$state" && pwd -P)
}


make_state()
{
    if [ "$(id -u)" != 0 ]; then
        mkdir -m 700 "$state" || die "cannot make $state"
        return 0
    fi

    getent passwd "$user" > /dev/null \
        || die "there is no user $user; it comes with Debian's" \
               "postgresql-common"

    if as_user test -x "$top"; then
        install -d -m 700 -o "$user" -g "$(id -g "$user")" "$state"
        return 0
    fi

    state=$(as_user mktemp -d "$elsewhere.XXXXXXXX")
    ln -s "$state" "$top/.run"
    printf '%s\n' "$top" | put "$state/checkout"
}


# Directories elsewhere that were ours until .run was deleted: adds to $lost.
find_lost()
{
    local dir

    [ ! -e "$top/.run" ] || return 0

    for dir in "$elsewhere".*; do
        if [ "$(stat -c %U "$dir" 2> /dev/null)" = "$user" ] \
           && [ "$(as_user cat "$dir/checkout" 2> /dev/null)" = "$top" ]
        then
            lost+=("$dir")
        fi
    done
}


# Ends what still runs where .run was, and removes what it kept there.
stop_lost()
{
    local state

    find_lost

    # the first is for a .run that was no link
    for state in "$top/.run" "${lost[@]}"; do
        if [ "$state" != "$top/.run" ] || [ ! -e "$state" ]; then
            stop_all
            forget
        fi
    done
}


# Whether a process is of the demo and, if said, of that name: PID [NAME].
# The servers are told by the directory they work in, not by a remembered id
# alone, which may by now be another's.
ours()
{
    local name cwd

    read -r name 2> /dev/null < "/proc/$1/comm" || return 1

    case $name in
        nginx | postgres | mytwip-report) ;;
        *) return 1 ;;
    esac

    cwd=$(readlink "/proc/$1/cwd" 2> /dev/null) || return 1

    case $cwd/ in
        "$state"/* | "$state (deleted)"/) ;;
        *) return 1 ;;
    esac

    [ "${2-$name}" = "$name" ]
}


# Prints the ids of all that are [of that NAME].
processes()
{
    local dir

    for dir in /proc/[0-9]*; do
        if ours "${dir#/proc/}" "$@"; then
            echo "${dir#/proc/}"
        fi
    done
}


# end NAME SIGNAL SECONDS [PID...]: sends the signal to these, or to all of
# that name, and waits until none of the name is left; fails after that long.
end()
{
    local i name=$1 signal=$2 seconds=$3 left seen pid

    shift 3
    mapfile -t seen < <(processes "$name")
    [ ${#seen[@]} != 0 ] || return 0

    [ $# != 0 ] || set -- "${seen[@]}"
    kill -s "$signal" -- "$@" 2> /dev/null || true

    for ((i = 0; i < seconds * 10; i++)); do
        mapfile -t left < <(processes "$name")

        if [ ${#left[@]} = 0 ]; then
            break
        fi

        sleep 0.1
    done

    [ ${#left[@]} = 0 ] || return 1

    # until init has buried them, too
    for pid in "${seen[@]}"; do
        for ((i = 0; i < 20; i++)); do
            [ -e "/proc/$pid" ] || break
            sleep 0.1
        done
    done
}


# Whether nginx, the part that is clicked, is there: its master process,
# whose id it sets.
serving()
{
    master=

    read -r master 2> /dev/null < "$state/nginx.pid" || return 1
    ours "$master" nginx
}


# The report loop is a group of its own, with what it just runs.
stop_report()
{
    local pid

    for pid in $(processes mytwip-report); do
        kill -s TERM -- "-$pid" 2> /dev/null || true
    done

    end mytwip-report KILL 5 || true
}


# Gracefully: workers store what they hold.  Without a master (it crashed),
# they are told one by one.
stop_nginx()
{
    if serving; then
        end nginx QUIT 10 "$master" && return 0
        end nginx TERM 5 "$master" && return 0
    else
        end nginx QUIT 5 && return 0
    fi

    end nginx KILL 5 || true
}


# forget [FILE]: deletes it, or all; what is not there may be out of reach
forget()
{
    [ ! -d "$state" ] || as_user rm -rf "$state${1+/$1}"
}


# Ends all of the demo that is there, whatever is left of it.
stop_all()
{
    forget serving

    stop_report
    stop_nginx
    stop_database

    if [ -n "$(processes)" ]; then
        die "still there after all: processes $(processes | tr '\n' ' ')"
    fi

    forget nginx.pid
}
