package Bench::Ingest;

# What PostgreSQL does for an open, counted and not timed: instructions of
# mytwip.ingest, by callgrind of a server of its own with one process. Then when
# no mail is in its first hour, without an index, and without the key as well:
# the difference is what each costs.

use strict;
use warnings;

use File::Path ();

use Bench::Cluster;
use Test::Mytwip::Cluster;
use Test::Mytwip::System qw/ chown_to am_root make_dir /;

my $quick = $ENV{QUICK};

use constant {
    ROWS => $ENV{QUICK} ? 256 : 4096,   # of a batch
    WARM => $ENV{QUICK} ? 2 : 20,       # batches that are stored before
    LESS => 2, MORE => $ENV{QUICK} ? 4 : 8,
};

# in the order of what is taken away
my @STAGES = (
    [ whole => '' ],
    [ no_first_hour => 'UPDATE mytwip.issue SET sent_at = sent_at - interval'
        . " '1 hour'" ],
    [ no_reader_index => drop('INDEX', 'indisprimary IS FALSE') ],
    [ no_key => drop('CONSTRAINT', 'indisprimary') ],
);


# SQL that takes an index off each partition of open.
sub drop {
    my ($kind, $which) = @_;

    my $what = $kind eq 'INDEX' ? q{'DROP INDEX mytwip.%2$I'}
        : q{'ALTER TABLE %1$s DROP CONSTRAINT %2$I'};

    return <<"EOT";
DO \$\$
DECLARE
    t  record;
BEGIN
    FOR t IN SELECT i.indrelid::regclass AS name, c.relname AS index
               FROM pg_inherits AS p
               JOIN pg_index AS i ON i.indrelid = p.inhrelid
               JOIN pg_class AS c ON c.oid = i.indexrelid
              WHERE p.inhparent = 'mytwip.open'::regclass AND $which
    LOOP
        EXECUTE format($what, t.name, t.index);
    END LOOP;
END
\$\$
EOT
}


# Batches of opens of the last minute, as the pixel's rounds have them, and
# what has some of them stored.
sub batches {
    my $batches = WARM + MORE;

    return (<<"EOT", <<'EOT');
CREATE TABLE public.batch AS
SELECT i / ${\ROWS} AS n, array_agg(1::smallint ORDER BY i) AS kinds,
       array_agg(4096 + i * 32::bigint ORDER BY i) AS positions,
       array_agg(now() - interval '60 s' + interval '25 us' * i ORDER BY i)
           AS times,
       array_agg(${\Bench::Cluster::FIRST_ISSUE}
                 + (hashint4(i) & 2147483647)::bigint
                   % ${\Bench::Cluster::ACTIVE} ORDER BY i) AS issues,
       array_agg(${\Bench::Cluster::FIRST_READER}
                 + (hashint4extended(i, 1) & 2147483647)
                   % ${\Bench::Cluster->readers()} ORDER BY i) AS readers,
       array_agg((ARRAY[1, 1, 1, 1, 1, 1, 2, 2, 2, 3])[1 + i % 10]::smallint
                 ORDER BY i) AS codes
  FROM generate_series(0, $batches * ${\ROWS} - 1) AS i
 GROUP BY i / ${\ROWS}
EOT
CREATE PROCEDURE public.store(first integer, batches integer)
LANGUAGE plpgsql AS $$
DECLARE
    b  public.batch;
BEGIN
    FOR b IN SELECT * FROM public.batch ORDER BY n OFFSET first LIMIT batches
    LOOP
        PERFORM mytwip.ingest(gen_random_uuid(), 4096, 4294967296, b.kinds,
                    b.positions, b.times, b.issues, b.readers, b.codes);
    END LOOP;
END
$$
EOT
}


sub measure {
    my ($run) = @_;

    my $cluster = Bench::Cluster->create();
    my %result;

    my $pg = $cluster->row_database();
    my $name = $pg->name();
    $pg->close();

    $cluster->patiently($name, $_)
        for batches(), 'CALL public.store(0, ' . WARM . ')';

    for my $stage (@STAGES) {
        my ($what, $sql) = @$stage;

        $cluster->patiently($name, $sql) if $sql;
        $cluster->patiently($name, 'CHECKPOINT');
        $cluster->stop();

        my ($less, $more) = map { count($cluster, $name, $_) } LESS, MORE;
        $result{$what} = [ ($more - $less) / ROWS / (MORE - LESS) ];

        $run->say('%s: %.0f instructions an open', $what =~ tr/_/ /r,
            $result{$what}[0]);
        $cluster->start();
    }

    $cluster->destroy();

    return \%result;
}


# Instructions of a server that stores so many batches. They stay unstored:
# it is ended by an error.
sub count {
    my ($cluster, $name, $batches) = @_;

    my $dir = make_dir('mytwip-callgrind');
    chown_to('postgres', $dir) if am_root();

    my $server = Test::Mytwip::Cluster::bin('postgres');
    my $call = 'DO $$ BEGIN CALL public.store(' . WARM . ", $batches);"
        . ' RAISE EXCEPTION \'done\'; END $$';

    my ($rc, $text) = Test::Mytwip::Cluster::run_as_owner('sh', '-c',
        'echo "$1" | valgrind --tool=callgrind --callgrind-out-file="$2/out"'
        . ' "$3" --single -D "$4" "$5" 2>&1', 'sh', $call, $dir, $server,
        "$cluster->{dir}/data", $name);

    File::Path::remove_tree($dir);

    die "callgrind failed:\n$text"
        unless $text =~ /ERROR:  done/ && $text =~ /Collected : (\d+)/;

    return $1;
}


1;
