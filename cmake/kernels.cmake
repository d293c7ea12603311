# The kernels in WebAssembly: a freestanding module for each set of instructions, compiled by a clang that knows the final
# relaxed SIMD (Emscripten 3.1.6 emits a withdrawn opcode). A program imports its kernels and shares its memory with them.

if(DEFINED ENV{EMSDK})
  find_program(KERNEL_CLANG clang++ PATHS $ENV{EMSDK}/upstream/bin NO_DEFAULT_PATH REQUIRED)
  find_program(KERNEL_LINKER wasm-ld PATHS $ENV{EMSDK}/upstream/bin NO_DEFAULT_PATH REQUIRED)
else()
  find_program(KERNEL_CLANG clang++-19 NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  find_program(KERNEL_LINKER wasm-ld-19 NO_CMAKE_FIND_ROOT_PATH REQUIRED)
endif()

file(GLOB KERNEL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernels/*.cc)
list(FILTER KERNEL_SOURCES EXCLUDE REGEX "reference.cc$")
set(KERNEL_FLAGS --target=wasm32-unknown-unknown -std=c++20 -O3 -ffreestanding -fno-exceptions -fno-rtti -msimd128 -mbulk-memory
  -Wall -Wextra -Wconversion -Wno-sign-conversion -DBP_KERNELS_EXPORTED -I${CMAKE_SOURCE_DIR}/src)
if(BP_WERROR)
  list(APPEND KERNEL_FLAGS -Werror)
endif()

# kernels_<variant>.wasm
function(kernel_module variant)
  set(objects "")
  foreach(source ${KERNEL_SOURCES})
    get_filename_component(name ${source} NAME_WE)
    set(object kernels_${variant}/${name}.o)
    add_custom_command(OUTPUT ${object} DEPENDS ${source} DEPFILE ${object}.d VERBATIM
      COMMAND ${CMAKE_COMMAND} -E make_directory kernels_${variant}
      COMMAND ${KERNEL_CLANG} ${KERNEL_FLAGS} ${ARGN} -MD -MT ${object} -MF ${object}.d -c ${source} -o ${object})
    list(APPEND objects ${object})
  endforeach()
  # Their little stack is the first KB of memory, which Emscripten leaves alone; past its end is no address.
  add_custom_command(OUTPUT kernels_${variant}.wasm DEPENDS ${objects} VERBATIM
    COMMAND ${KERNEL_LINKER} --no-entry --strip-all --import-memory --stack-first -z stack-size=1024 ${objects} -o kernels_${variant}.wasm)
endfunction()
kernel_module(simd128)
kernel_module(relaxed -mrelaxed-simd)

add_custom_target(kernel_modules DEPENDS kernels_simd128.wasm kernels_relaxed.wasm)

# What the other rooms see: declarations of imports.
add_library(bp_kernels INTERFACE)
target_link_libraries(bp_kernels INTERFACE bp_options)
target_compile_definitions(bp_kernels INTERFACE BP_KERNELS_IMPORTED)

# Emscripten takes every import for one of its JavaScript libraries; the loader gives the kernels (web/engine/load.js).
file(STRINGS ${CMAKE_SOURCE_DIR}/src/kernels/kernels.h declared REGEX "^BP_KERNEL")
list(TRANSFORM declared REPLACE "^BP_KERNEL\\(\"([A-Za-z0-9]+)\"\\).*" "\\1: function() {}")
list(JOIN declared ", " declared)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/kernels_library.js CONTENT "mergeInto(LibraryManager.library, {@declared@});\n" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernels/kernels.h)
set(KERNEL_IMPORTS --js-library=${CMAKE_BINARY_DIR}/kernels_library.js -sIMPORTED_MEMORY)
