
/*
 * Integers in the bytes of a file: little-endian, at any address.  The
 * compiler makes one load or store of each.
 */

#ifndef _MYTWIP_BYTES_H_INCLUDED_
#define _MYTWIP_BYTES_H_INCLUDED_


#include <stdint.h>


static inline uint32_t
mytwip_get32(const uint8_t *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static inline uint64_t
mytwip_get64(const uint8_t *p)
{
    return (uint64_t) mytwip_get32(p) | (uint64_t) mytwip_get32(p + 4) << 32;
}


static inline void
mytwip_put32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t) n;
    p[1] = (uint8_t) (n >> 8);
    p[2] = (uint8_t) (n >> 16);
    p[3] = (uint8_t) (n >> 24);
}


static inline void
mytwip_put64(uint8_t *p, uint64_t n)
{
    mytwip_put32(p, (uint32_t) n);
    mytwip_put32(p + 4, (uint32_t) (n >> 32));
}


#endif /* _MYTWIP_BYTES_H_INCLUDED_ */
