// One raw Snappy block (google/snappy format_description.txt): a varint length, then literals and copies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bp {

// False: it contradicts itself, or would become larger than `limit`; `out` is then not meaningful.
bool inflateSnappy(std::span<const uint8_t> block, uint64_t limit, std::vector<uint8_t>& out);

}  // namespace bp
