// Verifies directories or lists and names what is not as it should be.
//
//     c++ -std=c++17 verify.cpp $(pkg-config --cflags --libs checksig) -o verify && ./verify downloads
#include <checksig.hpp>

#include <cstdlib>
#include <iostream>

int main(int argc, char **argv)
{
    bool verified = argc > 1;
    for (int i = 1; i < argc; i++) {
        try {
            checksig::outcomes outcomes(argv[i]);
            for (const checksig::outcome &outcome : outcomes)
                if (!outcome.ok())
                    std::cout << outcome.text() << '\n';
            const checksig::report report = outcomes.report();
            std::cout << report.summary() << '\n';
            verified = verified && report;
        } catch (const checksig::error &error) {
            std::cerr << error.what() << '\n';
            verified = false;
        }
    }
    return verified ? EXIT_SUCCESS : EXIT_FAILURE;
}
