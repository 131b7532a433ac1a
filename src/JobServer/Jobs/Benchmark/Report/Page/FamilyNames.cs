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
            Families.Delay => "Delays",
            _ => family,
        };

    /// <summary>The same within a sentence.</summary>
    public static string InText(string family) => family == Families.Delay ? "delays" : Short(family);

    /// <summary>What all of its contenders do.</summary>
    public static string Work(string family) =>
        family switch
        {
            Families.Io => "calls to the URLs of the request",
            Families.Cpu => "sums of squares",
            Families.Delay => "nothing but waiting",
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
