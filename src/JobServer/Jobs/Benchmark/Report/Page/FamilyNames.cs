using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>What a family is called on the page.</summary>
internal static class FamilyNames
{
    public static string Short(string family) =>
        family switch
        {
            Families.Io => "I/O",
            Families.Cpu => "CPU",
            Families.Delay => "delays",
            _ => family,
        };

    /// <summary>What its contenders did, all of them the same.</summary>
    public static string Work(string family) =>
        family switch
        {
            Families.Io => "calls over the URLs of the request",
            Families.Cpu => "sums of squares, computed",
            Families.Delay => "delays, waited for",
            _ => "work",
        };

    /// <summary>One unit of its work.</summary>
    public static string Unit(string family) =>
        family switch
        {
            Families.Io => "call",
            Families.Cpu => "number",
            Families.Delay => "delay",
            _ => "unit",
        };
}
