namespace JobServer.Jobs.Benchmark.Strategies.Cpu;

/// <summary>Consecutive numbers, the last included; none where it is below the first.</summary>
internal readonly record struct CpuSlice(int First, int Last)
{
    public static CpuSlice All(CpuWork work) => new(1, work.Numbers);

    /// <summary>Cuts all numbers into parts that cost as much as each other, up to one number.</summary>
    public static CpuSlice[] Cut(int numbers, int parts)
    {
        var slices = new CpuSlice[parts];
        var first = 1;
        for (var part = 0; part < parts; part++)
        {
            // The numbers up to m cost about m²/2 together.
            var last = (int)Math.Round(numbers * Math.Sqrt((part + 1.0) / parts));
            slices[part] = new CpuSlice(first, last);
            first = last + 1;
        }

        return slices;
    }
}
