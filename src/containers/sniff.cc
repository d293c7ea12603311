#include "containers/sniff.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "bytes/byte_reader.h"
#include "containers/table.h"

namespace bp {
namespace {

constexpr std::string_view kLfsFirstLine = "version https://git-lfs";
constexpr uint64_t kMostSafetensorsHeader = 100'000'000;
constexpr std::array<uint8_t, 15> kTorchLegacyMagic = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};

std::string_view asText(std::span<const uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view withoutMarkAndBlanks(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  return text;
}

bool isWebPage(std::string_view text) {
  text = withoutMarkAndBlanks(text);
  if (text.size() < 2 || text[0] != '<') return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (text[1] == '!' || lower(text[1]) == 'h') return true;
  std::string head(text.substr(0, 5));
  std::transform(head.begin(), head.end(), head.begin(), lower);
  return head == "<?xml";
}

// No control characters but tab, line feed, form feed and carriage return.
bool isText(std::span<const uint8_t> head) {
  return std::all_of(head.begin(), head.end(), [](uint8_t c) { return c >= 0x20 || c == '\t' || c == '\n' || c == '\f' || c == '\r'; });
}

bool isHdf5At(std::span<const uint8_t> head, size_t offset) {
  constexpr std::string_view magic = "\x89HDF\r\n\x1a\n";
  return offset + magic.size() <= head.size() && asText(head).substr(offset, magic.size()) == magic;
}

// By the name in its first local header: PyTorch keeps all in one folder, numpy writes only arrays.
FileKind zipKind(std::span<const uint8_t> head) {
  ByteReader reader(head);
  reader.skip(26, "local header");
  const uint16_t length = reader.u16le("name length");
  reader.skip(2, "extra length");
  const std::string_view name = asText(reader.bytes(length, "member name"));
  if (name.ends_with(".npy")) return FileKind::kNpz;
  const std::string_view member = name.substr(name.find('/') + 1);
  const bool torch = member == "data.pkl" || member == "constants.pkl" || member == "version" || member == "byteorder" || member.starts_with("data/");
  return torch && member.size() < name.size() ? FileKind::kTorchZip : FileKind::kZip;
}

bool isSafetensors(std::span<const uint8_t> head, uint64_t size) {
  if (head.size() < 9 || head[8] != '{') return false;
  ByteReader reader(head);
  const uint64_t header = reader.u64le("header length");
  return header <= kMostSafetensorsHeader && header <= size - 8;
}

}  // namespace

std::string_view fileKindName(FileKind kind) {
  switch (kind) {
    case FileKind::kEmpty: return "empty";
    case FileKind::kTfTable: return "tf-table";
    case FileKind::kGitLfsPointer: return "git-lfs-pointer";
    case FileKind::kWebPage: return "web-page";
    case FileKind::kJson: return "json";
    case FileKind::kText: return "text";
    case FileKind::kZip: return "zip";
    case FileKind::kGzip: return "gzip";
    case FileKind::kTar: return "tar";
    case FileKind::kSafetensors: return "safetensors";
    case FileKind::kTorchZip: return "torch-zip";
    case FileKind::kTorchLegacy: return "torch-legacy";
    case FileKind::kTorchTar: return "torch-tar";
    case FileKind::kPickle: return "pickle";
    case FileKind::kHdf5: return "hdf5";
    case FileKind::kNpy: return "npy";
    case FileKind::kNpz: return "npz";
    case FileKind::kGguf: return "gguf";
    case FileKind::kOnnx: return "onnx";
    case FileKind::kProtobuf: return "protobuf";
    case FileKind::k7z: return "7z";
    case FileKind::kRar: return "rar";
    case FileKind::kXz: return "xz";
    case FileKind::kBzip2: return "bzip2";
    case FileKind::kUnknown: return "unknown";
  }
  return "unknown";
}

FileKind sniff(std::span<const uint8_t> head, std::span<const uint8_t> tail, uint64_t size) {
  if (size == 0) return FileKind::kEmpty;
  const std::string_view text = asText(head);
  if (tail.size() >= 8 && size >= kTableFooterSize) {
    ByteReader reader(tail.last(8));
    if (reader.u64le("magic") == kTableMagic) return FileKind::kTfTable;
  }
  if (text.starts_with(kLfsFirstLine)) return FileKind::kGitLfsPointer;
  if (text.starts_with("PK\x03\x04")) return zipKind(head);
  if (text.starts_with("PK\x05\x06")) return FileKind::kZip;
  if (text.starts_with("\x1f\x8b\x08")) return FileKind::kGzip;
  if (text.starts_with("7z\xbc\xaf\x27\x1c")) return FileKind::k7z;
  if (text.starts_with("Rar!\x1a\x07")) return FileKind::kRar;
  if (text.starts_with("\xfd\x37zXZ")) return FileKind::kXz;
  if (text.starts_with("BZh") && text.substr(std::min<size_t>(4, text.size())).starts_with("1AY&SY")) return FileKind::kBzip2;
  if (text.starts_with("GGUF") || text.starts_with("FUGG")) return FileKind::kGguf;
  if (text.starts_with("\x93NUMPY")) return FileKind::kNpy;
  // HDF5 may keep room for something else before it: 512 bytes, doubling.
  for (size_t offset = 0; offset < head.size(); offset = offset == 0 ? 512 : offset * 2) {
    if (isHdf5At(head, offset)) return FileKind::kHdf5;
  }
  if (text.size() >= 262 && text.substr(257, 5) == "ustar") {
    const std::string_view first = text.substr(0, text.find('\0'));
    const bool torch = first == "./" || first == "tensors" || first == "storages" || first == "pickle" || first == "sys_info";
    return torch && text.find("sys_info") != std::string_view::npos ? FileKind::kTorchTar : FileKind::kTar;
  }
  if (head.size() >= kTorchLegacyMagic.size() && std::equal(kTorchLegacyMagic.begin(), kTorchLegacyMagic.end(), head.begin())) {
    return FileKind::kTorchLegacy;
  }
  if (head.size() >= 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5) return FileKind::kPickle;
  if (isSafetensors(head, size)) return FileKind::kSafetensors;
  if (isWebPage(text)) return FileKind::kWebPage;
  if (isText(head)) {
    const std::string_view start = withoutMarkAndBlanks(text);
    // "[CLS]" begins like an array: only a brace, or an array of objects or texts, is JSON.
    const bool array = start.size() > 1 && start[0] == '[' && (isBlank(start[1]) || start[1] == '{' || start[1] == '"' || start[1] == '[');
    return start.starts_with('{') || array ? FileKind::kJson : FileKind::kText;
  }
  // ONNX has no magic: field 1 is the IR version, field 2 the name of its maker.
  if (head.size() > 4 && head[0] == 0x08 && head[1] < 0x20 && head[2] == 0x12 && head[3] < 0x40) return FileKind::kOnnx;
  if (head.size() > 1 && (head[0] == 0x08 || head[0] == 0x0a)) return FileKind::kProtobuf;
  return FileKind::kUnknown;
}

LfsPointer readLfsPointer(std::string_view text) {
  LfsPointer pointer;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("oid ")) pointer.oid = line.substr(4, 200);
    if (line.starts_with("size ")) std::from_chars(line.data() + 5, line.data() + line.size(), pointer.size);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pointer;
}

}  // namespace bp
