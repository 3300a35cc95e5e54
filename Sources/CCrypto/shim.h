#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

/* Starts an HMAC. In C, because the parameter list keeps the address of its key's name, and a Swift string lends one
   only for the length of a call. A null key means "none yet" to libcrypto, so no bytes get an address too. */
static inline int nija_hmac_start(EVP_MAC_CTX *context, const char *digest, const unsigned char *key, size_t length) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(context, key ? key : (const unsigned char *)"", length, parameters);
}
