# The one WebAssembly module, for page, worker and Node: core.js (glue) and core.wasm.
# Written for Debian's Emscripten 3.1.6; later ones renamed or dropped a few settings.

if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.27)
  target_link_options(bp_options INTERFACE -sTOTAL_STACK=1MB)
else()
  target_link_options(bp_options INTERFACE -sSTACK_SIZE=1MB)
endif()

# What runs once a set, or calls the kernels for what takes long, is made small, so that it is there sooner; the rooms with hot
# loops are made fast. Emscripten adds -fno-inline-functions to -Oz, which keeps even vector::size() a call.
foreach(name base report containers bert text encoder checks intake convert bindings)
  target_compile_options(bp_${name} PRIVATE -Oz -finline-functions)
endforeach()
# Every weight passes through these on its way.
set_source_files_properties(src/encoder/weights.cc src/encoder/slices.cc PROPERTIES COMPILE_OPTIONS "-O3")
set_source_files_properties(src/bytes/json_text.cc src/bytes/byte_reader.cc PROPERTIES COMPILE_OPTIONS "-Oz;-finline-functions")
foreach(name base report bytes tensors containers bert text encoder checks intake convert bindings)
  target_compile_options(bp_${name} PRIVATE -fno-rtti)
endforeach()

# The tests are CommonJS programs; below this repository's package.json Node would take them for modules.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/package.json CONTENT "{\"type\": \"commonjs\"}\n" @ONLY)

add_executable(core ${CMAKE_SOURCE_DIR}/src/bindings/embind.cc)
target_link_libraries(core PRIVATE bp_bindings)
target_compile_options(core PRIVATE -Oz -finline-functions -fno-rtti)
target_compile_definitions(core PRIVATE EMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0)
target_link_options(core PRIVATE -fno-rtti
  ${KERNEL_IMPORTS} -O2  # -O3 would rename the imports
  --bind
  # Debian's ES6 glue does not load in Node when it is built for `node`. Built for the web and handed its instance
  # it touches nothing around it and runs in all three.
  -sENVIRONMENT=web,worker -sMODULARIZE -sEXPORT_ES6 -sEXPORT_NAME=createCore
  -sDYNAMIC_EXECUTION=0  # no eval, so that a content security policy may forbid it
  -sFILESYSTEM=0 -sINCOMING_MODULE_JS_API=instantiateWasm,print,printErr
  # Growing by little more than was asked for keeps the peak near the size of the weights.
  -sINITIAL_MEMORY=4MB -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=4GB -sMEMORY_GROWTH_GEOMETRIC_STEP=0.05
)
# -Oz for the linker would rename the imports, too. All checks inlined into one function of 400 kB take longer to compile than to run.
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.27)
  target_link_options(core PRIVATE -sBINARYEN_EXTRA_PASSES=-Oz,--one-caller-inline-max-function-size=20)
else()
  target_link_options(core PRIVATE -sBINARYEN_EXTRA_PASSES=-Oz)
endif()
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.60)
  target_link_options(core PRIVATE -sUSE_ES6_IMPORT_META=0)
endif()
add_dependencies(core kernel_modules)
