#pragma once
// The idx format of MNIST (LeCun and Cortes): two zero bytes, a byte for the type, a byte for the number of dimensions,
// each dimension as a big-endian u32, then the values, big-endian, with the last index running fastest. Read strictly:
// a header is not believed before the file can hold what it promises.

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/formats/array.h"
#include "sim/files/gzip.h"

namespace fedtide {

enum class IdxType : std::uint8_t { u8 = 0x08, i8 = 0x09, i16 = 0x0b, i32 = 0x0c, f32 = 0x0d, f64 = 0x0e };

/// What the header of an idx file promises.
struct IdxHeader {
  IdxType type = IdxType::u8;
  std::vector<std::uint32_t> dims;  ///< each at least 1
  std::uint64_t values = 0;         ///< their product

  std::uint64_t bytes() const { return 4 + 4 * dims.size(); }  ///< of the header
};

/// Reads and checks the header; the file must hold unsigned bytes in `dims` dimensions. Nothing is allocated for the
/// values. Throws Failure(data_damaged) that names the file and the byte, what was found and what would be right.
IdxHeader read_idx_header(ContentReader& content, std::size_t dims);

/// Reads the unsigned bytes after the header and requires the content to end there. Memory grows with what the file
/// truly holds.
std::vector<std::uint8_t> read_idx_values(ContentReader& content, const IdxHeader& header);

/// A file of any type and of any number of dimensions from 1 on. Floats may be anything, NaN included.
Array read_idx(ContentReader content);

/// A file of class labels.
struct IdxLabels {
  std::vector<std::int32_t> labels;
  std::uint32_t crc32 = 0;  ///< of the content
};
/// Throws Failure(data_damaged) also for a label that is not below `classes`.
IdxLabels read_idx_labels(ContentReader content, int classes);

/// A file of gray-scale images.
struct IdxImages {
  std::uint32_t count = 0;
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::vector<std::uint8_t> pixels;  ///< [count, height, width]
  std::uint32_t crc32 = 0;           ///< of the content
};
/// The images of `labels` labels that stand in `labels_file`; throws Failure(data_damaged) when the counts differ,
/// before the pixels are read.
IdxImages read_idx_images(ContentReader content, std::size_t labels, const std::string& labels_file);

}  // namespace fedtide
