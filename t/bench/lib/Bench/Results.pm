package Bench::Results;

# The results: kept in build/bench/results.json, row by row, where those of an
# earlier run stay until a row is measured again; shown as text; and once every
# row is there, written to RESULTS.md with the targets, met or not.

use strict;
use warnings;

use JSON::PP ();
use POSIX qw/ strftime /;

use Bench::Rounds;
use Bench::Stats qw/ median quantile number with_spread /;
use Test::Mytwip::System qw/ run_command slurp spew /;

my $ROOT = Test::Mytwip::root();
my $KEPT = "$ROOT/build/bench/" . ($ENV{QUICK} ? 'quick' : 'results')
    . '.json';


sub new {
    my ($class, $run) = @_;

    my ($version, $settings) = $run->{cluster}->described();
    my (undef, $nginx) = run_command(Test::Mytwip::Nginx::nginx(), '-v');
    my (undef, $openssl) = run_command('openssl', 'version');
    my (undef, $node) = run_command('node', '--version');

    s/\s+$// for $nginx, $openssl, $node;

    my $kept = eval { JSON::PP::decode_json(slurp($KEPT)) };

    return bless {
        run => $run,
        rows => $kept ? $kept->{rows} : {},
        about => {
            %{$run->{machine}}, postgres => $version =~ s/ .*//r, settings => $settings,
            nginx => $nginx =~ s{.*nginx/}{}r, openssl => $openssl =~ s/^(\S+ \S+).*/$1/sr,
            node => $node, date => strftime('%Y-%m-%d', gmtime),
            readers => $run->{cluster}->readers(),
            issues => $run->{cluster}->issues(),
        },
    }, $class;
}


sub add {
    my ($self, $rows) = @_;

    %{$self->{rows}} = (%{$self->{rows}}, %$rows);

    return;
}


sub write {
    my ($self) = @_;

    mkdir "$ROOT/build";
    mkdir "$ROOT/build/bench";

    spew($KEPT, JSON::PP->new->canonical->pretty->encode({
        about => $self->{about}, rows => $self->{rows},
    }));

    return if $ENV{QUICK} || grep { !$self->{rows}{$_} } Bench::Rows::names();

    spew("$ROOT/t/bench/RESULTS.md", $self->text());

    my ($rc, $text) = run_command("$ROOT/t/bench/plot", $KEPT,
        "$ROOT/t/bench");
    die "t/bench/plot failed:\n$text" if $rc;

    return;
}


# A figure of a row: all its values, and their median.
sub values_of {
    my ($self, $row, $name) = @_;

    my $values = $self->{rows}{$row} && $self->{rows}{$row}{$name};

    return $values ? grep { defined } @$values : ();
}


sub figure {
    my ($self, @of) = @_;

    return scalar median($self->values_of(@of));
}


sub shown {
    my ($self, @of) = @_;

    return with_spread($self->values_of(@of));
}


sub ratio {
    my ($self, $row, $to, $name) = @_;

    my ($a, $b) = map { $self->figure($_, $name) } $row, $to;

    return defined $a && $b ? $a / $b : undef;
}


# The targets

sub targets {
    my ($self) = @_;

    my $memory = $self->{rows}{memory};
    my ($one, $four) = map { $self->figure('workers', "instructions_$_") }
        1, 4;

    return (
        [ 'pixel against access_log: requests a second', 'at least 0.75',
            $self->ratio('pixel', 'log', 'rps'), sub { $_[0] >= 0.75 } ],
        [ 'pixel against access_log: instructions of the worker (callgrind)',
            'at most 1.15', $self->of_instructions('pixel'),
            sub { $_[0] <= 1.15 } ],
        [ 'the same, with the token as this processor verifies it',
            'at most 1.15', $self->of_instructions('real_pixel'), sub { $_[0] <= 1.15 } ],
        [ 'pixel against Fastify: requests a second', 'at least 10',
            $self->ratio('pixel', 'app', 'rps'), sub { $_[0] >= 10 } ],
        [ 'accept to commit at full load, p99, ms', 'under 400',
            $self->figure('pixel', 'lag99'), sub { $_[0] < 400 } ],
        [ 'draining, events a second, one worker', 'at least 200,000',
            $self->figure('drain', 'whole'), sub { $_[0] >= 200_000 } ],
        [ 'PostgreSQL, µs an open, at full load', 'under 5',
            $self->figure('pixel', 'cpu_event'), sub { $_[0] < 5 } ],
        [ 'PostgreSQL, µs an open, draining', 'under 5',
            $self->figure('drain', 'cpu_event'), sub { $_[0] < 5 } ],
        [ 'unsubscribe, committed, p99 at 500 a second, ms', 'under 15',
            $self->figure('unsubscribe', 'p99'), sub { $_[0] < 15 } ],
        [ 'issue_report of one issue, ms', 'under 5',
            $self->figure('drain', 'report_issue'), sub { $_[0] < 5 } ],
        [ 'issue_report of 1,000 issues, ms', 'under 100',
            $self->figure('drain', 'report_issues'), sub { $_[0] < 100 } ],
        [ 'memory of the worker, ' . $self->sent() . ': growth, MiB',
            'flat (under 1)', $memory && ($memory->{memory}[2]
                - $memory->{memory}[0]) / 2**20, sub { $_[0] < 1 } ],
        [ 'memory of the worker, the backlog drained: growth, MiB',
            'flat (under 1)', $self->growth('drain'), sub { $_[0] < 1 } ],
        [ 'four workers against one: instructions a request',
            'equal (within 2 %)', $one && $four / $one,
            sub { abs($_[0] - 1) < 0.02 } ],
        # a lock that is fought for takes about one an event
        [ 'four workers: futexes for a million requests',
            'no lock (under 10,000)', $self->figure('workers', 'futexes_4'),
            sub { $_[0] < 10_000 } ],
        $self->honest_targets(),
    );
}


sub honest_targets {
    my ($self) = @_;

    my ($held, $seeds) = map { $self->figure('campaign', "small_$_") }
        qw/ held seeds /;

    return (
        (map { my $name = $_;
            [ "campaign of known truth: $name of \"human\", %", 'at least 97',
                $self->figure('campaign', "large_$name"),
                sub { $_[0] >= 97 } ] } qw/ precision recall /),
        [ 'campaigns of known truth: the interval has the true open rate, %',
            'at least 95', $seeds && 100 * $held / $seeds,
            sub { $_[0] >= 95 } ],
        [ 'the class of a request, µs', 'at most 1.5',
            $self->figure('agents', 'mean'), sub { $_[0] <= 1.5 } ],
        [ 'the same of a hostile User-Agent of 32 KiB, µs', 'under 20',
            $self->figure('agents', 'hostile'), sub { $_[0] < 20 } ],
    );
}


sub of_instructions {
    my ($self, $name) = @_;

    my ($pixel, $log) = map { $self->figure('instructions', $_) } $name, 'log';

    return $pixel && $log ? $pixel / $log : undef;
}


sub sent {
    my ($self) = @_;

    return number($self->figure('memory', 'events'))
        . ' opens without the database';
}


sub growth {
    my ($self, $row) = @_;

    my @memory = $self->values_of($row, 'memory');

    return @memory < 2 ? undef : ($memory[-1] - $memory[0]) / 2**20;
}


# The text

sub text {
    my ($self) = @_;

    my @parts = ($self->head(), $self->target_table(), $self->speed(),
        $self->cost(), $self->storage(), $self->instructions(),
        $self->ingest(), $self->backlog(), $self->memory_table(), $self->campaigns(),
        $self->agents(), $self->plots(), $self->method());

    return join "\n", @parts;
}


sub table {
    my ($head, @rows) = @_;

    return '' unless @rows;

    return join '', map { '| ' . join(' | ', @$_) . " |\n" } $head,
        [ ('---') x @$head ], @rows;
}


sub head {
    my ($self) = @_;

    my %a = %{$self->{about}};

    return <<"EOT"
# How fast

Made by `make bench` on $a{date}; `make bench ROWS=name,...` makes a part of it
again. Medians of the rounds, with the smallest and the largest of them.

$a{cpu}, $a{cores} cores of which all of it (the load, nginx, PostgreSQL, the
application) shares $a{used}; $a{memory}, $a{disk};
$a{system}, Linux $a{kernel};
nginx $a{nginx}, PostgreSQL $a{postgres}, $a{openssl}, node $a{node}.
Load of the machine before: $a{load}.

PostgreSQL: $a{settings}.

$a{readers} readers of whom nine in ten agreed to individual measuring, $a{issues} issues.
EOT
        . $self->quiet();
}


# A run on a machine that has other things to do says so.
sub quiet {
    my ($self) = @_;

    my $others = median(map { $self->values_of($_, 'others') }
        $self->rounds());

    return '' unless defined $others && $others > 0.2;

    return sprintf <<'EOT', number($others);

**The machine was busy with something else: %s of its cores, on average.** What
is said of throughput, latency and processor time is worse than it is; compare
rows, and make it again on a quiet machine. Instructions and bytes stand.
EOT
}


sub target_table {
    my ($self) = @_;

    my $busy = $self->quiet() ? ', busy machine' : '';

    return table([ 'target', '', 'measured', '' ], map {
        my ($name, $wanted, $value, $met) = @$_;
        my $verdict = !defined $value ? 'not measured'
            : $met->($value) ? 'met' : '**not met**';

        # these are the same on any
        $verdict .= $busy
            if defined $value && $name !~ /instructions|token|memory|campaign/;

        [ $name, $wanted, number($value), $verdict ]
    } $self->targets());
}


sub rounds {
    my ($self) = @_;

    return grep { $self->{rows}{$_} } @Bench::Rounds::NAMES;
}


sub speed {
    my ($self) = @_;

    my @rows = $self->rounds() or return '';

    return "## Throughput and latency\n\n" . table(
        [ 'row', 'what', 'requests a second', 'events a second', 'p50 ms',
            'p99 ms', 'p99.9 ms', 'lag p50 ms', 'lag p99 ms',
            'others\' cores' ],
        map { my $row = $_; [ "`$row`", $Bench::Rounds::ROWS{$row}{about},
            map { $self->shown($row, $_) }
            qw/ rps events p50 p99 p999 lag50 lag99 others / ] } @rows)
        . "\nThe time until the last event is committed counts as time of the"
        . " round. Lag is from\naccepting an event to its commit. Others'"
        . " cores: what the machine did beside the\nbenchmark, on average;"
        . " figures are good where it is near 0.\n";
}


sub cost {
    my ($self) = @_;

    my @rows = $self->rounds() or return '';

    return "## Processor time, µs a request (seconds a million)\n\n" . table(
        [ 'row', 'nginx', 'PostgreSQL', 'application',
            'PostgreSQL an event', 'peak memory of the worker, MiB' ],
        map { my $row = $_; [ "`$row`", map({ $self->shown($row, $_) }
            qw/ cpu_nginx cpu_postgres cpu_app cpu_event /),
            number(quantile(1, $self->values_of($row, 'peak_nginx'))
                / 2**20) ] } @rows)
        . "\nPeak memory has the mapped segments of the journal in it.\n";
}


sub storage {
    my ($self) = @_;

    my @rows = grep { $self->values_of($_, 'wal_bytes') } $self->rounds(),
        'drain';

    return '' unless @rows;

    return "## Bytes an event\n\n" . table(
        [ 'row', 'WAL', 'table', 'index' ],
        map { my $row = $_; [ "`$row`", map { $self->shown($row,
            "${_}_bytes") } qw/ wal table index / ] } @rows);
}


sub instructions {
    my ($self) = @_;

    my $counted = $self->{rows}{instructions};
    my $workers = $self->{rows}{workers};
    my $text = '';

    if ($counted) {
        my @token = map { number($self->figure('instructions', $_)) }
            qw/ token real_token real_pixel /;

        $text .= "## Instructions a request of the worker\n\n"
            . table([ 'row', 'by callgrind' ], map {
                [ "`$_`", number($self->figure('instructions', $_)) ]
            } qw/ gif log pixel /);

        $text .= sprintf <<'EOT', @token;

callgrind's processor has no SHA instructions: there a token takes %s
instructions, on this one %s, by single steps, which makes the pixel
%s. Where it is dearer than the log line, by callgrind:

EOT
        $text .= table([ 'function', 'instructions more' ],
            map { [ "`$_->[0]`", number($_->[1]) ] }
            @{$counted->{functions}}[0 .. 11]);
    }

    if ($workers) {
        $text .= "\n## Workers\n\n" . table(
            [ 'workers', 'instructions a request',
                'futexes for a million requests' ],
            map { [ $_, number($workers->{"instructions_$_"}[0]),
                number($workers->{"futexes_$_"}[0]) ] } 1, 4) . <<'EOT';

A worker has a journal segment, a connection and counters of its own; an event
takes no lock. What futexes there are go to and from the thread that flushes
the journal, each second and for each new segment, whatever the number of
events.
EOT
    }

    return $text;
}


# Why PostgreSQL takes what it takes.
sub ingest {
    my ($self) = @_;

    return '' unless $self->{rows}{ingest};

    my ($whole, $later, $no_index, $no_key) = map {
        $self->figure('ingest', $_)
    } qw/ whole no_first_hour no_reader_index no_key /;

    return "## Instructions of PostgreSQL an open\n\n" . table(
        [ '`mytwip.ingest`, in batches of 4,096', 'by callgrind' ],
        map({ [ $_->[0], number($_->[1]) ] }
            [ 'all of it, when one of the 50 mails is in its first hour',
                $whole ],
            [ 'that first hour: who comes in a crowd', $whole - $later ],
            [ 'the index of opens by reader', $later - $no_index ],
            [ 'the primary key of opens', $no_index - $no_key ],
            [ 'the rest', $no_key ])) . <<'EOT';

The rest is, by taking away one part of the statement after the other: merging
11,000, looking up subscriptions and judging 13,000, counting and the bits of
unnamed openers 9,000, the row itself 7,000, and what is done once for a batch.
Row, key and index alone, which are any table's, are some 26,000, two fifths of
it. This is why targets are not met: throughput, draining and the cost of an open
are one figure. (Unsubscribing is a transaction of its own for nearly each
request: some 0.6 ms of statements, and the commit.)

By the clock, in a loop of its own with nothing beside it, an open takes 6.8 µs:
row, key and index 3.5 (the index by reader 1.2), the subscription 2.4, a mail's
first hour 0.7, counting and bits 0.3 each. At full load it is nearly twice
that, as nginx and the load take the caches: by perf, a third of PostgreSQL's time
then is waiting for memory, in `_hash_binsearch` and `_hash_checkpage` (9 and 5 %,
subscriptions and the index by reader), `hash_search_with_hash_value` (8 %, the
table of buffers), `heap_hot_search_buffer` (7 %) and pinning pages (4 %); 16 % are
the kernel's.

The log line has two cores for the load and nginx. With PostgreSQL beside them these
two share one, which leaves half of the requests, until PostgreSQL takes so little
of its own core that they can have that too: by the sum of all three, three quarters
need an open of 6 µs. So the figure depends on the machine. On one of two cores
where a system call costs twice as much (53,000 log lines a second) the same code
had 0.72 of the log line and 14 times the application, as there nginx and the
application are dear and PostgreSQL is not; 60,000 a second drained, and 24 ms
for the p99 of unsubscribing. nginx has `worker_priority 5` here, as conf.example
says of a machine that PostgreSQL is on as well: without it 0.48 of the log line, and
0.8 to 1.1 s for the lag's p99.

What helped, from 101,000: merging fetches of one mail before anything is looked
up, by a sort that brings readers in order too; one narrow row kept in place of
two wide ones; hashes in place of btrees for readers; counting by a hash. What
did not, and is not done: batches of 16,384 (no difference), batches that nginx
has sorted (300 less), merging by a hash (the searches lose their order, which
takes half as long again), readers in the order of the hash's pages, btrees again
now that readers are in order (no difference each), a key with the issue first or
without uniqueness (1,500 less), COPY (a function cannot receive it); two sessions
that store two segments at once are 1.4 times as fast as one. Without key or index
an issue's opens, or a reader's who withdraws, would be looked for in all of a day.
EOT
}


sub backlog {
    my ($self) = @_;

    my $row = $self->{rows}{drain} or return '';

    return "## Backlog and reports\n\n" . table(
        [ 'what', 'value' ],
        [ 'events drained', number($row->{count}[0]) ],
        [ 'events a second, all of it', number($row->{whole}[0]) ],
        [ 'events a second, by tenths', $self->shown('drain', 'events') ],
        [ 'nginx, µs an event', $self->shown('drain', 'cpu_nginx') ],
        [ 'PostgreSQL, µs an event', $self->shown('drain', 'cpu_event') ],
        map { my ($name, $what) = @$_;
            [ "$what, ms", $self->shown('drain', "report_$name")
                . '; the first time '
                . number($row->{"first_$name"}[0]) ]
        } [ issue => 'issue_report of one issue' ],
            [ issues => 'issue_report of 1,000 issues' ],
            [ activity => 'activity_report, a tenth as many activities' ]);
}


sub memory_table {
    my ($self) = @_;

    my $row = $self->{rows}{memory} or return '';

    return "## Memory of a worker\n\n" . table(
        [ 'when', 'its own, MiB', 'pending events', 'journal, MiB', 'shed' ],
        map { [ $row->{when}[$_], number($row->{memory}[$_] / 2**20),
            number($row->{pending}[$_], 0),
            number($row->{journal}[$_] / 2**20), $row->{shed}[$_] ] }
        0 .. $#{$row->{when}})
        . sprintf "\n%s, as fast as they were taken; an hour at 2,000 a\n"
            . "second is 7,200,000. `max` of the journal was %s MiB.\n",
            $self->sent(), number($row->{max}[0] / 2**20);
}


sub campaigns {
    my ($self) = @_;

    my $row = $self->{rows}{campaign} or return '';

    my $matrix = $row->{large_matrix};
    my @classes = qw/ human undecided machine /;
    my %what = (
        person => 'a reader\'s mail client or browser',
        forwarded => 'of whom it was forwarded to',
        relay => 'a privacy relay, at delivery, whoever looks',
        delivery => 'a gateway at delivery',
        links => 'a gateway that follows all links, the trap too',
        sweep => 'a gateway that reads a company\'s mails in a row',
        crawler => 'a crawler that says so',
    );

    my @lines = map { my $truth = $_;
        [ $what{$truth} || $truth, map { number($matrix->{$truth}{$_} || 0,
            0) } @classes ] } grep { $matrix->{$_} }
        qw/ person forwarded relay delivery links sweep crawler none /;

    my %shown = map { my $name = $_; $name => number($row->{$name}[0],
            $name =~ /(?:readers|seeds|held)$/ ? 0 : undef) }
        grep { !/matrix|rate/ } keys %$row;

    return "## People and machines\n\n"
        . "$shown{large_readers} invented readers and all fetches of their"
        . " mails, by what they were and what\nthey were taken for:\n\n"
        . table([ 'fetched by', @classes ], @lines) . <<"EOT";

Precision of "human" $shown{large_precision} %, recall $shown{large_recall} %; $shown{large_named_precision} % and $shown{large_named_recall} % of the fetches with a name,
where it is known of each what it was taken for. Of those without, their numbers
in ten seconds are compared. Who is behind a relay is not in the recall: nobody
can know. The open rate: $row->{large_rate}[0].
With $shown{small_seeds} campaigns of $shown{small_readers} readers each the interval had the true rate in $shown{small_held};
it was ${\with_spread(@{$row->{small_width}})} points wide. `t/bench/campaign.sql` says how it is all made.
EOT
}


sub agents {
    my ($self) = @_;

    my $row = $self->{rows}{agents} or return '';

    my %what = (
        browsers => 'browsers (`user-agents` of npm)',
        crawlers => 'crawlers (`crawler-user-agents` of npm)',
        known => 'mail clients, proxies and others (`t/agents/known.txt`)',
    );

    my @lines = map { my $set = $_;
        [ $what{$set}, number($row->{"${set}_n"}[0], 0),
            map { $self->shown('agents', "${set}_$_") }
            qw/ mean known worst / ] } @{$row->{sets}};

    return "## The class of a request, µs\n\n"
        . table([ 'User-Agents', 'different', 'mean, not seen before',
            'seen in the last minute', 'the dearest' ], @lines)
        . sprintf <<'EOT', $self->shown('agents', 'hostile'),

By the rules of `conf.example/agents.rules`, and with a look at each header, which
may announce a prefetch. No more than 1,024 User-Agents are remembered. One of
32 KiB: %s µs, the dearest of %s that are made to be
expensive.%s
EOT
        number($row->{kinds}[0], 0),
        $row->{jit}[0] ? '' : ' PCRE2 has made no machine code here.';
}


sub plots {
    my ($self) = @_;

    my @plots = grep { $self->{rows}{$_} } qw/ drain readers rules /
        or return '';

    return "## As it grows\n\n" . join '',
        map { "![$_](" . ($_ eq 'drain' ? 'backlog' : $_) . ".svg)\n" } @plots;
}


sub method {
    return <<'EOT';
## How it is measured

wrk with one thread and 64 connections that stay open sends the same requests
to all contenders, each in turn for some seconds, in another order each round:
two mails of each reader, with User-Agents as they are seen in the wild, six in
ten a person's, three a proxy's, one a machine's. After each round the events
that nginx accepted, those that the tables hold and the answers that wrk saw are
compared; if they differ, the benchmark ends with an error. `t/bench/lib/Bench`
says the rest, a file for each sort of row.
EOT
}


1;
