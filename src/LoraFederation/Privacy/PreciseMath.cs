namespace LoraFederation.Privacy;

/// <summary>Logarithms and exponentials beside 1, where the plain ones lose every digit. To a few units in the last place.</summary>
internal static class PreciseMath
{
    /// <summary>Returns <c>ln(1 + x)</c>.</summary>
    public static double LogOnePlus(double x)
    {
        // Kahan's trick: what 1 + x rounds away is the same in the logarithm and in the difference.
        double sum = 1 + x;
        return sum == 1 ? x : double.IsPositiveInfinity(sum) ? sum : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>Returns <c>e^x − 1</c>.</summary>
    public static double ExpMinusOne(double x)
    {
        double power = Math.Exp(x);
        double difference = power - 1;
        return power == 1 ? x : difference == -1 || double.IsPositiveInfinity(power) ? difference : difference * (x / Math.Log(power));
    }

    /// <summary>Returns <c>ln(e^x − 1)</c> for a positive x of any size.</summary>
    public static double LogExpMinusOne(double x) => x > 1 ? x + LogOnePlus(-Math.Exp(-x)) : Math.Log(ExpMinusOne(x));

    /// <summary>Returns <c>ln(1 + e^x)</c> for an x of any size.</summary>
    public static double LogOnePlusExp(double x) => x > 0 ? x + LogOnePlus(Math.Exp(-x)) : LogOnePlus(Math.Exp(x));

    /// <summary>Returns <c>ln(e^x + e^y)</c>.</summary>
    public static double LogSum(double x, double y) =>
        double.IsNegativeInfinity(x) ? y : double.IsNegativeInfinity(y) ? x : Math.Max(x, y) + LogOnePlus(Math.Exp(-Math.Abs(x - y)));
}
