// The floor of `make bench`'s decoding: simdjson's own walk, each wanted field into an exact decimal or a string.
// decode KIND FILE COUNT prints seconds, peak KiB before the first document, peak KiB at the end, and a sum.
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

using namespace simdjson;

struct Decimal { __int128 coefficient = 0; int scale = 0; };
struct Market { std::string id, name, alt, base, quote, status; Decimal tick, minimum, cost, more[3]; uint64_t step; bool flags[7]; };
struct Candle { uint64_t start; Decimal open, high, low, close, volume; };

static Decimal exact(std::string_view s) {
  Decimal d;
  bool point = false, minus = false;
  for (char c : s) {
    if (c == '.') { point = true; continue; }
    if (c == '-') { minus = true; continue; }
    d.coefficient = d.coefficient * 10 + (c - '0');
    d.scale += point;
  }
  while (d.scale > 0 && d.coefficient % 10 == 0) { d.coefficient /= 10; d.scale--; }
  if (minus) d.coefficient = -d.coefficient;
  return d;
}

static std::string text(ondemand::value v) { return std::string(std::string_view(v.get_string())); }

static size_t pairs(ondemand::document &doc) {
  std::vector<Market> markets;
  for (auto field : doc["result"].get_object()) {
    Market m;
    m.id = std::string(std::string_view(field.unescaped_key()));
    for (auto member : field.value().get_object()) {
      std::string_view key = member.unescaped_key();
      ondemand::value value = member.value();
      if (key == "wsname") m.name = text(value);
      else if (key == "altname") m.alt = text(value);
      else if (key == "base") m.base = text(value);
      else if (key == "quote") m.quote = text(value);
      else if (key == "status") m.status = text(value);
      else if (key == "tick_size") m.tick = exact(std::string_view(value.get_string()));
      else if (key == "ordermin") m.minimum = exact(std::string_view(value.get_string()));
      else if (key == "costmin") m.cost = exact(std::string_view(value.get_string()));
      else if (key == "lot_decimals") m.step = uint64_t(value.get_uint64());
    }
    markets.push_back(std::move(m));
  }
  return markets.size();
}

static size_t candles(ondemand::document &doc) {
  std::vector<Candle> made;
  for (auto field : doc["result"].get_object()) {
    std::string_view name = field.unescaped_key();
    if (name == "last") continue;
    for (auto row : field.value().get_array()) {
      Candle c{};
      int index = 0;
      for (auto element : row.get_array()) {
        if (index == 0) c.start = uint64_t(element.get_uint64());
        else if (index != 5 && index < 7) {
          Decimal d = exact(std::string_view(element.get_string()));
          (index == 1 ? c.open : index == 2 ? c.high : index == 3 ? c.low : index == 4 ? c.close : c.volume) = d;
        }
        index++;
      }
      made.push_back(c);
    }
  }
  return made.empty() ? 0 : made.size() - 1;
}

static size_t products(ondemand::document &doc) {
  static const char *const flags[] = {"is_disabled", "trading_disabled", "cancel_only", "post_only", "limit_only", "view_only", "auction_mode"};
  std::vector<Market> markets;
  for (auto product : doc["products"].get_array()) {
    Market m{};
    for (auto member : product.get_object()) {
      std::string_view key = member.unescaped_key();
      ondemand::value value = member.value();
      if (key == "product_id") m.id = text(value);
      else if (key == "base_currency_id") m.base = text(value);
      else if (key == "quote_currency_id") m.quote = text(value);
      else if (key == "status") m.status = text(value);
      else if (key == "price_increment") m.tick = exact(std::string_view(value.get_string()));
      else if (key == "base_increment") m.minimum = exact(std::string_view(value.get_string()));
      else if (key == "base_min_size") m.cost = exact(std::string_view(value.get_string()));
      else if (key == "base_max_size") m.more[0] = exact(std::string_view(value.get_string()));
      else if (key == "quote_min_size") m.more[1] = exact(std::string_view(value.get_string()));
      else if (key == "quote_max_size") m.more[2] = exact(std::string_view(value.get_string()));
      else for (int i = 0; i < 7; i++) if (key == flags[i]) m.flags[i] = bool(value.get_bool());
    }
    markets.push_back(std::move(m));
  }
  return markets.size();
}

static size_t coinbase_candles(ondemand::document &doc) {
  std::vector<Candle> made;
  for (auto row : doc["candles"].get_array()) {
    Candle c{};
    for (auto member : row.get_object()) {
      std::string_view key = member.unescaped_key();
      std::string_view value = member.value().get_string();
      if (key == "start") c.start = strtoull(std::string(value).c_str(), nullptr, 10);
      else (key == "open" ? c.open : key == "high" ? c.high : key == "low" ? c.low : key == "close" ? c.close : c.volume) = exact(value);
    }
    made.push_back(c);
  }
  return made.size();
}

static long peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return atol(line.c_str() + 6);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  std::string kind = argv[1];
  auto read = kind == "kraken-pairs" ? pairs : kind == "kraken-candles" ? candles : kind == "coinbase-products" ? products : coinbase_candles;
  std::ifstream file(argv[2], std::ios::binary);
  std::string body((std::istreambuf_iterator<char>(file)), {});
  long before = peak();
  size_t total = 0;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0, n = atoi(argv[3]); i < n; i++) {
    // As an answer comes: padded once, by a parser of its own.
    padded_string padded(body);
    ondemand::parser parser;
    ondemand::document doc = parser.iterate(padded);
    total += read(doc);
  }
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  printf("%f %ld %ld %zu\n", seconds, before, peak(), total);
}
