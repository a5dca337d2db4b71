package Test::Mytwip::Token;

# Tokens as ngx_mytwip_module/mytwip_token.h describes them, made a third time,
# independently of the C and the SQL.

use strict;
use warnings;

use Digest::SHA qw/ hmac_sha256 /;
use Exporter qw/ import /;
use MIME::Base64 qw/ encode_base64 decode_base64 /;

our @EXPORT = qw/ mint_token token_bytes token_text /;

use constant {
    PIXEL => 1, UNSUBSCRIBE => 2, LINK => 3, PRIVACY => 4,
};


# By name: issue, reader, key (id), secret (32 bytes); kind, version.
sub mint_token {
    my (%token) = @_;

    my $signed = pack 'C C n Q> Q>',
        defined $token{version} ? $token{version} : 1,
        defined $token{kind} ? $token{kind} : PIXEL,
        $token{key}, $token{issue}, $token{reader};

    return token_text(
        $signed . substr hmac_sha256($signed, $token{secret}), 0, 16);
}


sub token_text {
    my ($bytes) = @_;

    return encode_base64($bytes, '') =~ tr{+/=}{-_}dr;
}


sub token_bytes {
    my ($text) = @_;

    return decode_base64($text =~ tr{-_}{+/}r);
}


1;
