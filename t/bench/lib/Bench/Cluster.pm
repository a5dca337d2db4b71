package Bench::Cluster;

# The PostgreSQL cluster of a benchmark: as one would be in earnest, durable
# and with autovacuum, on a disk; not the tests', which need not outlive a
# power loss. The database that rows start from is made once: READERS readers
# (of DOMAINS domains)
# of whom nine in ten agreed to individual measuring, LEAVERS readers who will
# unsubscribe, ISSUES issues, USERS users of the platform.

use strict;
use warnings;

use Test::Mytwip::System qw/ run_command slurp spew /;

use parent 'Test::Mytwip::Cluster';

use constant {
    TEMPLATE => 'mytwip_bench',
    FIRST_ISSUE => 1001, FIRST_READER => 100_001, FIRST_LEAVER => 500_001,
    USERS => 100, ACTIVE => 50, DOMAINS => 2000,
};

my $quick = $ENV{QUICK};

use constant SETTINGS => {
    shared_buffers => '1GB', max_wal_size => '16GB',
    checkpoint_timeout => '30min', track_commit_timestamp => 'on',
    max_connections => 100, wal_level => 'replica',
};


sub readers { return $quick ? 2_000 : 100_000 }
sub leavers { return $quick ? 4_000 : 40_000 }
sub issues { return $quick ? 100 : 1_000 }


# What RESULTS.md says of it.
sub described {
    my ($self) = @_;

    my $pg = $self->database('postgres');
    my @shown = map { "$_ = " . $pg->value("SHOW $_") } qw/
        fsync synchronous_commit full_page_writes shared_buffers
        max_wal_size checkpoint_timeout autovacuum track_commit_timestamp /;
    my $version = $pg->value('SHOW server_version');
    $pg->close();

    return ($version, join ', ', @shown);
}


sub make_data {
    my ($self) = @_;

    $self->SUPER::make_data();

    my $path = "$self->{dir}/data/postgresql.auto.conf";
    my $text = slurp($path);
    my %settings = %{+SETTINGS};

    $settings{shared_buffers} = '128MB' if $quick;

    # of the tests' own, only where it is and what its log is like
    $text =~ s/^(?:fsync|full_page_writes|autovacuum) .*\n//mg;
    $text =~ s/^\Q$_\E .*\n//mg for keys %settings;

    spew($path, $text
        . join '', map { "$_ = $settings{$_}\n" } sort keys %settings);

    return;
}


sub make_template {
    my ($self) = @_;

    $self->SUPER::make_template();

    my $made = $self->database();

    my $name = $made->name();

    $self->patiently($name, $_) for $self->data(),
        'SELECT mytwip.count_domains()', 'VACUUM ANALYZE';
    $made->close();

    my $postgres = $self->database('postgres');
    $postgres->query("ALTER DATABASE $name RENAME TO ${\TEMPLATE}");
    $postgres->query("ALTER DATABASE ${\TEMPLATE} ALLOW_CONNECTIONS false");
    $postgres->query('CHECKPOINT');
    $postgres->close();

    return;
}


# What may take longer than the tests' databases wait.
sub patiently {
    my ($self, $name, $sql) = @_;

    my ($rc, $text) = run_command('psql', '-Xq', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->admin_conninfo($name), '-c', $sql);
    die "psql failed:\n$text" if $rc;

    return;
}


sub data {
    my ($self) = @_;

    my ($issues, $users) = ($self->issues(), USERS);
    my %last = (
        FIRST_READER, FIRST_READER + $self->readers() - 1,
        FIRST_LEAVER, FIRST_LEAVER + $self->leavers() - 1,
    );

    return (
        <<"EOT", map { my ($first, $last) = ($_, $last{$_});
-- a round of opens is of ${\ACTIVE} of them: one has been sent each hour
INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, sent_at,
                          recipients)
SELECT 1, ${\FIRST_ISSUE} + n, 1, 'issue ' || n,
       now() - n % ${\ACTIVE} * interval '1 hour' - interval '1 minute', 100000
  FROM generate_series(0, $issues - 1) AS n;

INSERT INTO mytwip.platform_user (account_id, id, name)
SELECT 1, n, 'user ' || n FROM generate_series(1, $users) AS n;

CREATE TABLE app_open (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    issue_id   bigint NOT NULL,
    reader_id  bigint NOT NULL,
    agent      text
);
CREATE INDEX ON app_open (issue_id, at);
GRANT INSERT ON app_open TO mytwip_nginx;
EOT
            <<"EOT" } sort keys %last);
INSERT INTO mytwip.reader (account_id, id, email)
SELECT 1, n, 'reader' || n || '\@mail' || n % ${\DOMAINS} || '.example.org'
  FROM generate_series($first, $last) AS n;

-- before the subscriptions, which look it up
INSERT INTO mytwip.consent (account_id, reader_id, purpose, granted, method,
                            wording)
SELECT 1, n, 'open_tracking', true, 'form', 'I agree.'
  FROM generate_series($first, $last) AS n WHERE n % 10 <> 0;

INSERT INTO mytwip.subscription (account_id, reader_id, newsletter_id)
SELECT 1, n, 1 FROM generate_series($first, $last) AS n;
EOT
}


# A database for a row, with what is said above.
sub row_database {
    my ($self) = @_;

    return $self->new_database(TEMPLATE);
}


1;
