// A JSON document as a flat list of tokens, found by simdjson (on-demand, which keeps the literal text of numbers:
// exact decimals need it).
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum : uint8_t {
  NIJA_JSON_NULL, NIJA_JSON_FALSE, NIJA_JSON_TRUE, NIJA_JSON_NUMBER,
  NIJA_JSON_STRING, NIJA_JSON_KEY, NIJA_JSON_ARRAY, NIJA_JSON_OBJECT,
} nija_json_kind;

/// `offset` and `length` are bytes of the text area for scalars; for containers `length` counts the children.
/// `next` is the index of the token behind this one's whole subtree.
typedef struct {
  uint32_t offset, length, next;
  nija_json_kind kind;
} nija_json_token;

typedef struct {
  nija_json_token *tokens;
  size_t token_count;
  char *text;          // numbers' literal text and unescaped strings
  size_t text_length;
} nija_json_document;

/// Parses `length` bytes that are followed by at least `nija_json_padding` readable bytes.
/// Returns 0, or simdjson's error code; then the document is empty. Free with nija_json_free.
int nija_json_parse(const uint8_t *bytes, size_t length, size_t capacity, unsigned max_depth, nija_json_document *out);
void nija_json_free(nija_json_document *document);
/// The words for an error code. Static storage.
const char *nija_json_error_text(int code);
extern const size_t nija_json_padding;

#ifdef __cplusplus
}
#endif
