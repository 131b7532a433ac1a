namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>Chances of the outer ends of distributions. Formulas by number: Abramowitz and Stegun, 1964.</summary>
internal static class Tails
{
    /// <summary>Of the standard normal distribution, two-sided 5 %.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>The chance of a standard normal value beyond this one, 0 or greater; to 1e-7 (26.2.17).</summary>
    public static double Normal(double value)
    {
        var t = 1 / (1 + (0.2316419 * value));
        var sum =
            t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-value * value / 2) / Math.Sqrt(2 * Math.PI) * sum;
    }

    /// <summary>What a value of Student's distribution passes with a chance of 2.5 %; to 1 % from 4 degrees of freedom on (26.7.5).</summary>
    public static double StudentQuantile(int freedom)
    {
        double f = freedom;
        var (z3, z5, z7) = (Math.Pow(Z, 3), Math.Pow(Z, 5), Math.Pow(Z, 7));
        return Z
            + ((z3 + Z) / (4 * f))
            + (((5 * z5) + (16 * z3) + (3 * Z)) / (96 * f * f))
            + (((3 * z7) + (19 * z5) + (17 * z3) - (15 * Z)) / (384 * f * f * f));
    }

    /// <summary>The chance of at least so many hits in so many trials.</summary>
    /// <param name="chance">Of a hit, between 0 and 1.</param>
    /// <param name="least">At least 1.</param>
    public static double Binomial(int trials, double chance, int least)
    {
        // As a logarithm, for single chances are soon too small.
        var log = trials * Math.Log(1 - chance);
        var odds = Math.Log(chance / (1 - chance));
        var sum = 0.0;
        for (var hits = 1; hits <= trials; hits++)
        {
            log += Math.Log((trials - hits + 1.0) / hits) + odds;
            if (hits >= least)
                sum += Math.Exp(log);
        }

        return sum;
    }
}
