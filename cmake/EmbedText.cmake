# SPDX-License-Identifier: GPL-2.0-only
#
# mc_embed_text(FILE DECLARATION OUT): OUT is a C++ source that defines
# DECLARATION, a string_view in memory_collector::oom, as the file's text. It is
# made anew when the file changes.
function(mc_embed_text file declaration out)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} hex HEX)
    # As bytes: string literals have a greatest length in standard C++.
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    get_filename_component(name ${file} NAME)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"// Made of ${name}.
#include \"oom/model_file.h\"
namespace memory_collector::oom {
namespace {
constexpr char bytes[] = {${bytes}};
}
${declaration}{bytes, sizeof(bytes)};
} // namespace memory_collector::oom
")
    set(${out} ${source} PARENT_SCOPE)
endfunction()
