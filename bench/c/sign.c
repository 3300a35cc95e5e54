// Kraken API-Sign with libcrypto from C, the HMAC's state kept per key. usage: sign COUNT    prints signatures a second
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  int count = atoi(argv[1]);
  unsigned char key[64];
  memset(key, 7, sizeof key);
  char digest[] = "SHA512";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
  EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  EVP_MAC_CTX *kept = EVP_MAC_CTX_new(mac);
  EVP_MAC_init(kept, key, sizeof key, parameters);
  static const char path[] = "/0/private/AddOrder";
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  unsigned sum = 0;
  for (int i = 0; i < count; i++) {
    char text[256];
    int length = snprintf(text, sizeof text,
                          "%d%s%d%s", 1616492376 + i, "nonce=", 1616492376 + i,
                          "&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25");
    unsigned char message[64 + 32], out[64], encoded[96];
    memcpy(message, path, sizeof path - 1);
    SHA256((unsigned char *)text, (size_t)length, message + sizeof path - 1);
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(kept);
    size_t written;
    EVP_MAC_update(context, message, sizeof path - 1 + 32);
    EVP_MAC_final(context, out, &written, sizeof out);
    EVP_MAC_CTX_free(context);
    EVP_EncodeBlock(encoded, out, 64);
    sum += encoded[0];
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
  printf("%.0f\n", count / seconds + (sum == 1));
  return 0;
}
