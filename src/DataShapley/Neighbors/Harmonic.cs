namespace DataShapley.Neighbors;

/// <summary>Harmonic numbers H_m = Σ_{j≤m} 1/j.</summary>
internal static class Harmonic
{
    public static double Number(int m)
    {
        double sum = 0;
        for (int j = m; j >= 1; j--)
        {
            sum += 1.0 / j;
        }

        return sum;
    }

    /// <summary>H_0 to H_m.</summary>
    public static double[] Table(int m)
    {
        double[] table = new double[m + 1];
        for (int j = 1; j <= m; j++)
        {
            table[j] = table[j - 1] + (1.0 / j);
        }

        return table;
    }
}
