// SPDX-License-Identifier: MIT
// What moving the stack is of operations, with figures worked out by hand.
#include <gtest/gtest.h>

#include "report/compare.h"
#include "report/tables.h"
#include "results/summary.h"

namespace stackshift {
namespace {

class Counted {
  public:
    Counted() {
        result_.run.id = "r";
        result_.run.instrument = Instrument::exact;
        result_.run.seeds = {1, 2};
    }
    void kernel(const std::string& strategy) {
        result_.kernels.push_back({strategy, "6.12.117", "bench", "", {}, "", ""});
    }
    /// The same median under two seeds, so that no draws hide anything.
    void cell(const std::string& strategy, const std::string& name, double median,
              const std::map<std::string, double>& parts = {}) {
        CellResult cell = unmeasured(parse_cell(name + "/argv:0p/long").value(), strategy);
        cell.metrics["instructions"] = metric(median);
        for (const auto& [part, value] : parts) cell.metrics[part] = metric(value);
        result_.cells.push_back(cell);
    }
    void failed(const std::string& strategy, const std::string& name, const std::string& reason) {
        CellResult cell = unmeasured(parse_cell(name + "/argv:0p/long").value(), strategy);
        cell.status = CellStatus::failed;
        cell.reason = reason;
        result_.cells.push_back(cell);
    }
    std::vector<Table> tables() const {
        const std::vector<Result> results = {result_};
        return path_tables(make_view(results, {}));
    }
    std::string text() const { return compare_text({result_}, {}); }

  private:
    static Metric metric(double median) {
        Metric metric;
        metric.unit = "instructions";
        metric.samples = {median, median};
        metric.groups = {1, 1};
        summarise(metric, true);
        return metric;
    }
    Result result_;
};

using Texts = std::vector<std::vector<std::string>>;

Texts texts_of(const Table& table) {
    Texts rows;
    for (const std::vector<Entry>& row : table.rows) {
        rows.emplace_back();
        for (const Entry& entry : row) rows.back().push_back(entry.text);
    }
    return rows;
}

Counted two_paths() {
    Counted counted;
    for (const char* strategy : {"pristine", "direct"}) counted.kernel(strategy);
    counted.cell("pristine", "self-exec/native/aslr", 60000);
    counted.cell("pristine", "self-exec/native/noaslr", 50000);  // 10000 less: 16.7 %
    counted.cell("direct", "self-exec/native/aslr", 53000);      // 3000 more than without: 5.0 % of 60000
    counted.cell(
        "pristine", "vfork-exec/native/aslr", 80000,
        {{"child.start", 12000}, {"child.exec", 48000}, {"child.end", 20000}, {"parent.resumed", 36000}});
    counted.cell("pristine", "vfork-exec/native/noaslr", 70000);  // 12.5 %
    counted.cell("direct", "vfork-exec/native/aslr", 69600);      // 400 less than without: -0.5 %
    counted.cell("pristine", "self-exec/i386/aslr", 60000);
    counted.cell("direct", "self-exec/i386/aslr", 52500);  // 12.5 %
    return counted;
}

TEST(PathTables, ShareOfEachOperationAndWhatIsLeft) {
    const std::vector<Table> tables = two_paths().tables();
    ASSERT_EQ(tables.size(), 4U);
    EXPECT_EQ(texts_of(tables[0]),
              (Texts{{"self-exec argv:0p/long", "60000", "10000", "16.7%", "3000", "5.0%"},
                     {"vfork-exec argv:0p/long", "80000", "10000", "12.5%", "-400", "-0.50%"}}));
    // i386: what direct saves is the move, so nothing is left of it.
    EXPECT_EQ(texts_of(tables[1]),
              (Texts{{"self-exec argv:0p/long", "60000", "7500", "12.5%", "0", "0.00%"}}));
    EXPECT_EQ(texts_of(tables[2]),
              (Texts{{"vfork-exec argv:0p/long", "80000", "12000", "48000", ".", "20000", "36000"}}));
    // The yardstick's, whose parts were not counted here.
    EXPECT_EQ(texts_of(tables[3]), (Texts{{"vfork-exec argv:0p/long", "69600", ".", ".", ".", ".", "."}}));
}

TEST(PathTables, ADifferenceWithinTheFloorIsMarked) {
    Counted counted;
    counted.kernel("pristine");
    counted.cell("pristine", "self-exec/native/aslr", 60000);
    counted.cell("pristine", "vfork-exec/native/aslr", 80000);
    counted.cell("pristine", "vfork-exec/native/noaslr", 80000);
    EXPECT_EQ(texts_of(counted.tables().at(0)), (Texts{{"vfork-exec argv:0p/long", "80000", "0", "0.00~"}}));
}

TEST(PathTables, AFailedCellIsARowAndNotTheRunsEnd) {
    Counted counted = two_paths();
    counted.kernel("other");
    counted.cell("other", "self-exec/native/aslr", 60000);
    counted.failed("other", "vfork-exec/native/aslr",
                   "exec 1 of 100: execve: E2BIG (Argument list too long)");
    const Texts rows = texts_of(counted.tables().at(0));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1][6], "FAIL");
    EXPECT_NE(counted.text().find("E2BIG"), std::string::npos) << "its reason stands below";
}

TEST(PathTables, SelfExecsAloneHaveNone) {
    Counted counted;
    counted.kernel("pristine");
    counted.cell("pristine", "self-exec/native/aslr", 60000);
    counted.cell("pristine", "self-exec/native/noaslr", 50000);
    EXPECT_TRUE(counted.tables().empty());
}

}  // namespace
}  // namespace stackshift
