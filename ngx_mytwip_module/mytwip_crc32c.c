
/*
 * CRC32C: see mytwip_crc32c.h.  Eight bytes a step, by the processor's
 * instruction or by eight tables.  Tables and choice are made once, when the
 * object is loaded, so that any number of threads may use them.
 */

#include <string.h>

#include "mytwip_crc32c.h"

#if defined(__x86_64__)
#define MYTWIP_CRC32C_SSE42  1
#include <nmmintrin.h>

#elif defined(__AARCH64EL__) && defined(__ARM_FEATURE_CRC32)
#define MYTWIP_CRC32C_ARM  1
#include <arm_acle.h>
#endif


#define MYTWIP_CRC32C_POLY  0x82f63b78u         /* bits reversed */


typedef uint32_t (*mytwip_crc32c_pt)(uint32_t crc, const uint8_t *p,
    size_t len);


static uint32_t mytwip_crc32c_table(uint32_t crc, const uint8_t *p,
    size_t len);
static void mytwip_crc32c_init(void) __attribute__((constructor));


static uint32_t          mytwip_crc32c_tables[8][256];
static mytwip_crc32c_pt  mytwip_crc32c_update = mytwip_crc32c_table;


uint32_t
mytwip_crc32c(uint32_t crc, const void *data, size_t len)
{
    return ~mytwip_crc32c_update(~crc, data, len);
}


static uint32_t
mytwip_crc32c_table(uint32_t crc, const uint8_t *p, size_t len)
{
    uint32_t  (*t)[256];

    t = mytwip_crc32c_tables;

    while (len >= 8) {
        crc ^= (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
               | (uint32_t) p[3] << 24;

        crc = t[7][crc & 0xff] ^ t[6][crc >> 8 & 0xff]
              ^ t[5][crc >> 16 & 0xff] ^ t[4][crc >> 24]
              ^ t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];

        p += 8;
        len -= 8;
    }

    while (len--) {
        crc = t[0][(crc ^ *p++) & 0xff] ^ crc >> 8;
    }

    return crc;
}


#if (MYTWIP_CRC32C_SSE42)

__attribute__((target("sse4.2")))
static uint32_t
mytwip_crc32c_sse42(uint32_t crc, const uint8_t *p, size_t len)
{
    uint64_t  c, word;

    c = crc;

    while (len >= 8) {
        memcpy(&word, p, 8);
        c = _mm_crc32_u64(c, word);
        p += 8;
        len -= 8;
    }

    crc = (uint32_t) c;

    while (len--) {
        crc = _mm_crc32_u8(crc, *p++);
    }

    return crc;
}

#endif


#if (MYTWIP_CRC32C_ARM)

static uint32_t
mytwip_crc32c_arm(uint32_t crc, const uint8_t *p, size_t len)
{
    uint64_t  word;

    while (len >= 8) {
        memcpy(&word, p, 8);
        crc = __crc32cd(crc, word);
        p += 8;
        len -= 8;
    }

    while (len--) {
        crc = __crc32cb(crc, *p++);
    }

    return crc;
}

#endif


static void
mytwip_crc32c_init(void)
{
    unsigned  i, k;
    uint32_t  crc;

    for (i = 0; i < 256; i++) {
        crc = i;

        for (k = 0; k < 8; k++) {
            crc = (crc & 1) ? crc >> 1 ^ MYTWIP_CRC32C_POLY : crc >> 1;
        }

        mytwip_crc32c_tables[0][i] = crc;
    }

    /* table k: the same byte, followed by k zero bytes */

    for (k = 1; k < 8; k++) {
        for (i = 0; i < 256; i++) {
            crc = mytwip_crc32c_tables[k - 1][i];
            mytwip_crc32c_tables[k][i] = mytwip_crc32c_tables[0][crc & 0xff]
                                         ^ crc >> 8;
        }
    }

#if (MYTWIP_CRC32C_SSE42)

    __builtin_cpu_init();

    if (__builtin_cpu_supports("sse4.2")) {
        mytwip_crc32c_update = mytwip_crc32c_sse42;
    }

#elif (MYTWIP_CRC32C_ARM)

    mytwip_crc32c_update = mytwip_crc32c_arm;

#endif
}
