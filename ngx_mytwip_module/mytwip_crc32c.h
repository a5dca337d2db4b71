
/*
 * CRC32C (Castagnoli, as in RFC 3720, appendix B.4): the checksum of the
 * journal.  Uses the processor's instruction where there is one.
 */

#ifndef _MYTWIP_CRC32C_H_INCLUDED_
#define _MYTWIP_CRC32C_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * Continues crc over len bytes; begin with 0.  mytwip_crc32c("123456789", 9)
 * is 0xe3069283.
 */
uint32_t mytwip_crc32c(uint32_t crc, const void *data, size_t len);


#endif /* _MYTWIP_CRC32C_H_INCLUDED_ */
