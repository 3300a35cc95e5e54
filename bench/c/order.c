// A plain libcurl loop that signs and sends Kraken orders: what the plugin is measured against.
// usage: order URL COUNT    prints the median and the 99th percentile in nanoseconds
#define _GNU_SOURCE
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char secret64[] =
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";

static size_t take(char *data, size_t size, size_t count, void *into) {
  (void)data;
  *(size_t *)into += size * count;
  return size * count;
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  long long x = *(const long long *)a, y = *(const long long *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  int count = atoi(argv[2]);
  unsigned char key[96];
  int key_length = EVP_DecodeBlock(key, (const unsigned char *)secret64, (int)strlen(secret64)) - 2;
  long long *times = calloc((size_t)count, sizeof *times);
  CURL *curl = curl_easy_init();
  size_t received = 0;
  char url[256];
  snprintf(url, sizeof url, "%s/0/private/AddOrder", argv[1]);
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  unsigned long long nonce = (unsigned long long)time(NULL) * 1000000000ULL;
  for (int i = 0; i < count; i++) {
    long long start = now();
    char body[512], text[600], sign[128], header[160];
    snprintf(body, sizeof body,
             "nonce=%llu&ordertype=limit&type=buy&volume=0.10000000&pair=XXBTZUSD&price=30000.0&timeinforce=IOC"
             "&cl_ord_id=6e696a610123456789ab%012x&deadline=2026-01-01T00%%3A00%%3A00Z", ++nonce, i);
    snprintf(text, sizeof text, "%llu%s", nonce, body);
    unsigned char message[64 + SHA256_DIGEST_LENGTH], mac[64];
    static const char path[] = "/0/private/AddOrder";
    memcpy(message, path, sizeof path - 1);
    SHA256((const unsigned char *)text, strlen(text), message + sizeof path - 1);
    unsigned int mac_length;
    HMAC(EVP_sha512(), key, key_length, message, sizeof path - 1 + SHA256_DIGEST_LENGTH, mac, &mac_length);
    EVP_EncodeBlock((unsigned char *)sign, mac, (int)mac_length);
    struct curl_slist *headers = curl_slist_append(NULL, "API-Key: bench");
    snprintf(header, sizeof header, "API-Sign: %s", sign);
    headers = curl_slist_append(headers, header);
    headers = curl_slist_append(headers, "User-Agent: nija-host/0.1");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(curl) != CURLE_OK) return 1;
    curl_slist_free_all(headers);
    times[i] = now() - start;
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("%lld %lld\n", times[count / 2], times[count * 99 / 100]);
  return 0;
}
