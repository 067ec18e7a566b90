using System.Text;
using ModelTensors.Checkpoints;

namespace DataShapley.Results;

/// <summary>Saves results and loads them: JSON holds all of a result, to the bit; CSV holds what a spreadsheet needs.</summary>
public static class ValuationFile
{
    /// <summary>Saves a result as JSON; the file is there in full or not at all.</summary>
    /// <param name="result">The result.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="ArgumentException">A value is infinite, or a list does not fit the number of players.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <remarks>
    /// The object has <c>"format": "datashapley.valuation"</c> and <c>"version": 1</c>. What is not a number is null. A standard error of +∞ is null as well, and its player is
    /// listed in <c>infiniteErrors</c>; other infinite numbers are the strings <c>"Infinity"</c> and <c>"-Infinity"</c>.
    /// </remarks>
    public static void Save(ValuationResult result, string path)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Check(result);
        DurableFile.Write(path, ValuationJson.Write(result));
    }

    /// <summary>Loads a result from JSON.</summary>
    /// <param name="path">A file of <see cref="Save"/>.</param>
    /// <exception cref="ValuationException">The file is damaged, of another kind or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ValuationResult Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ValuationJson.Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Saves the values as CSV with the columns <c>index,value,std_error,low,high</c>; what is not known is left empty.</summary>
    /// <param name="result">The result.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="level">The level of the intervals of Student's t, in (0, 1); each is for its player by itself.</param>
    /// <exception cref="ArgumentException">A value is infinite, or a list does not fit the number of players.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not in its range.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void SaveCsv(ValuationResult result, string path, double level = ValueIntervals.DefaultLevel)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Check(result);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(ValuationCsv.Write(result, ValueIntervals.Of(result, level))));
    }

    /// <summary>Loads values and standard errors from CSV. Intervals are not read: a result computes them.</summary>
    /// <param name="path">A file with the columns <c>index,value,std_error</c> and any others after them; rows in any order.</param>
    /// <returns>A result with NaN for what is empty, and counts of 0.</returns>
    /// <exception cref="ValuationException">The file is damaged or has other columns.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ValuationResult LoadCsv(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ValuationCsv.Read(File.ReadAllLines(path, Encoding.UTF8), path);
    }

    // Before anything is written: a file that cannot be loaded is worse than none.
    private static void Check(ValuationResult result)
    {
        int players = result.Values.Count;
        for (int i = 0; i < players; i++)
        {
            if (double.IsInfinity(result.Values[i]))
            {
                throw new ArgumentException($"The value of player {i} is {result.Values[i]}: values are finite, or NaN where there is none.", nameof(result));
            }
        }

        CheckCount(result.StandardErrors.Count, "standard errors");
        CheckCount(result.Counts.Count, "counts");
        CheckCount(result.Variances.Count, "variances");
        CheckCount(result.DegreesOfFreedom.Count, "degrees of freedom");
        CheckCount(result.Names.Count == 0 ? players : result.Names.Count, "names");
        foreach (double[] row in result.Samples)
        {
            CheckCount(row.Length, "samples in a row");
        }

        void CheckCount(int count, string what)
        {
            if (count != players)
            {
                throw new ArgumentException($"The result has {players} values and {count} {what}.", nameof(result));
            }
        }
    }
}
