# SPDX-License-Identifier: GPL-2.0-only
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Everything of ours links this target; third-party headers are SYSTEM and so
# free of our warnings.
add_library(mc_options INTERFACE)
target_compile_options(mc_options INTERFACE
    -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2
    -Wundef -Wcast-qual -Wvla -fstack-protector-strong
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast>)
target_include_directories(mc_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(mc_options INTERFACE MC_VERSION="${PROJECT_VERSION}")

if(MC_SANITIZE)
    target_compile_options(mc_options INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mc_options INTERFACE -fsanitize=address,undefined)
endif()
