#include "CJSON.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <new>

using namespace simdjson;

const size_t nija_json_padding = SIMDJSON_PADDING;

namespace {

// Our own codes stand above simdjson's.
constexpr int TOO_DEEP = 1001, NO_MEMORY = 1002;

// Grows by doubling and is handed over as it is: nothing is copied at the end.
template <typename Element>
struct Area {
  Element *elements = nullptr;
  size_t count = 0, capacity = 0;

  Area() = default;
  Area(const Area &) = delete;
  ~Area() { free(elements); }

  Element *add(size_t more) {
    if (count + more > capacity) {
      size_t wanted = capacity * 2 > count + more ? capacity * 2 : count + more + 64;
      auto *grown = static_cast<Element *>(realloc(elements, wanted * sizeof(Element)));
      if (!grown) throw std::bad_alloc();
      elements = grown;
      capacity = wanted;
    }
    Element *added = elements + count;
    count += more;
    return added;
  }

  // The area, cut to what is used; the caller frees it.
  Element *release() {
    auto *cut = static_cast<Element *>(realloc(elements, (count ? count : 1) * sizeof(Element)));
    Element *released = cut ? cut : elements;
    elements = nullptr;
    return released;
  }
};

struct Builder {
  Area<nija_json_token> tokens;
  Area<char> text;
  unsigned max_depth;
  int failure = 0;

  void scalar(nija_json_kind kind, std::string_view s) {
    uint32_t offset = uint32_t(text.count);
    if (!s.empty()) memcpy(text.add(s.size()), s.data(), s.size());
    uint32_t next = uint32_t(tokens.count + 1);
    *tokens.add(1) = nija_json_token{offset, uint32_t(s.size()), next, kind};
  }

  static std::string_view trimmed(std::string_view s) {
    while (!s.empty() && (s.back() == ' ' || s.back() == '\n' || s.back() == '\r' || s.back() == '\t')) s.remove_suffix(1);
    return s;
  }

  // JSON's own grammar: on-demand does not look at a number that nobody reads.
  static bool is_number(std::string_view s) {
    size_t i = 0, n = s.size();
    auto digits = [&] { size_t from = i; while (i < n && s[i] >= '0' && s[i] <= '9') i++; return i - from; };
    if (i < n && s[i] == '-') i++;
    size_t start = i, whole = digits();
    if (whole == 0 || (whole > 1 && s[start] == '0')) return false;
    if (i < n && s[i] == '.') { i++; if (digits() == 0) return false; }
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
      i++;
      if (i < n && (s[i] == '+' || s[i] == '-')) i++;
      if (digits() == 0) return false;
    }
    return i == n;
  }

  template <typename Value>
  error_code walk(Value &&value, unsigned depth) {
    if (depth > max_depth) { failure = TOO_DEEP; return SUCCESS; }
    ondemand::json_type type;
    if (auto e = value.type().get(type)) return e;
    switch (type) {
      case ondemand::json_type::object: {
        size_t at = open(NIJA_JSON_OBJECT);
        ondemand::object object;
        if (auto e = value.get_object().get(object)) return e;
        uint32_t children = 0;
        for (auto field : object) {
          std::string_view key;
          if (auto e = field.unescaped_key().get(key)) return e;
          scalar(NIJA_JSON_KEY, key);
          ondemand::value child;
          if (auto e = field.value().get(child)) return e;
          if (auto e = walk(child, depth + 1)) return e;
          if (failure) return SUCCESS;
          children++;
        }
        close(at, children);
        return SUCCESS;
      }
      case ondemand::json_type::array: {
        size_t at = open(NIJA_JSON_ARRAY);
        ondemand::array array;
        if (auto e = value.get_array().get(array)) return e;
        uint32_t children = 0;
        for (auto element : array) {
          ondemand::value child;
          if (auto e = element.get(child)) return e;
          if (auto e = walk(child, depth + 1)) return e;
          if (failure) return SUCCESS;
          children++;
        }
        close(at, children);
        return SUCCESS;
      }
      case ondemand::json_type::string: {
        std::string_view s;
        if (auto e = value.get_string().get(s)) return e;
        scalar(NIJA_JSON_STRING, s);
        return SUCCESS;
      }
      case ondemand::json_type::number: {
        std::string_view s = trimmed(std::string_view(value.raw_json_token()));
        if (!is_number(s)) return NUMBER_ERROR;
        // The iterator moves on by itself over a value that nobody consumed; the number never becomes a double.
        scalar(NIJA_JSON_NUMBER, s);
        return SUCCESS;
      }
      case ondemand::json_type::boolean: {
        bool b;
        if (auto e = value.get_bool().get(b)) return e;
        scalar(b ? NIJA_JSON_TRUE : NIJA_JSON_FALSE, {});
        return SUCCESS;
      }
      case ondemand::json_type::null: {
        if (!value.is_null()) return N_ATOM_ERROR;
        scalar(NIJA_JSON_NULL, {});
        return SUCCESS;
      }
    }
    return TAPE_ERROR;
  }

  size_t open(nija_json_kind kind) {
    *tokens.add(1) = nija_json_token{0, 0, 0, kind};
    return tokens.count - 1;
  }

  void close(size_t at, uint32_t children) {
    tokens.elements[at].length = children;
    tokens.elements[at].next = uint32_t(tokens.count);
  }
};

int build(const uint8_t *bytes, size_t length, size_t capacity, unsigned max_depth, nija_json_document *out) {
  ondemand::parser parser;
  Builder builder;
  builder.max_depth = max_depth;
  ondemand::document document;
  if (auto e = parser.iterate(reinterpret_cast<const char *>(bytes), length, capacity).get(document)) return e;

  bool is_scalar;
  if (auto e = document.is_scalar().get(is_scalar)) return e;
  if (is_scalar) {
    // A bare scalar: wrapped by the caller's needs never, so only containers are documents here.
    return INCORRECT_TYPE;
  }
  ondemand::value root;
  if (auto e = document.get_value().get(root)) return e;
  if (auto e = builder.walk(root, 1)) return e;
  if (builder.failure) return builder.failure;
  // Past the last token the location is out of bounds; anywhere else there is text behind the document.
  const char *location;
  if (!document.current_location().get(location)) return TAPE_ERROR;

  out->token_count = builder.tokens.count;
  out->text_length = builder.text.count;
  out->tokens = builder.tokens.release();
  out->text = builder.text.release();
  return 0;
}

}  // namespace

int nija_json_parse(const uint8_t *bytes, size_t length, size_t capacity, unsigned max_depth, nija_json_document *out) {
  *out = nija_json_document{};
  try {
    return build(bytes, length, capacity, max_depth, out);
  } catch (const std::bad_alloc &) {
    return NO_MEMORY;
  } catch (...) {
    return TAPE_ERROR;
  }
}

void nija_json_free(nija_json_document *document) {
  free(document->tokens);
  free(document->text);
  *document = nija_json_document{};
}

const char *nija_json_error_text(int code) {
  if (code == TOO_DEEP) return "nested too deeply";
  if (code == NO_MEMORY) return "out of memory";
  return error_message(error_code(code));
}
