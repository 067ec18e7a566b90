namespace DataShapley.Games.Classic;

/// <summary>How many sets of the other players have a size and a sum of whole numbers, as shares of all 2^(n−1): by dynamic programming, n² · limit additions.</summary>
internal sealed class SubsetSums
{
    private readonly double[,] _shares;
    private readonly double _logAll;

    // Each player is in or out with probability one half, so that the numbers are probabilities: 2⁻⁽ⁿ⁻¹⁾ is above zero in double up to a thousand players.
    public SubsetSums(ReadOnlySpan<int> numbers, int without, int limit)
    {
        _logAll = (numbers.Length - 1) * Math.Log(2);
        _shares = new double[numbers.Length, limit + 1];
        _shares[0, 0] = 1;
        int count = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            if (i == without)
            {
                continue;
            }

            count++;
            for (int size = count; size >= 0; size--)
            {
                for (int sum = limit; sum >= 0; sum--)
                {
                    double joined = size > 0 && sum >= numbers[i] ? _shares[size - 1, sum - numbers[i]] : 0;
                    _shares[size, sum] = 0.5 * (_shares[size, sum] + joined);
                }
            }
        }
    }

    /// <summary>The natural logarithm of the number of sets.</summary>
    public double LogCount(int size, int sum) => Math.Log(_shares[size, sum]) + _logAll;
}
