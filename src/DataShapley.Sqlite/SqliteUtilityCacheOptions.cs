namespace DataShapley.Sqlite;

/// <summary>The settings of a <see cref="SqliteUtilityCache"/>.</summary>
public sealed record SqliteUtilityCacheOptions
{
    /// <summary>Gets how many values are kept: the oldest give way to new ones.</summary>
    /// <value>1 or more; null by default: all, at about 150 bytes each.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public long? MaximumCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }

    /// <summary>Gets how long to wait for a file that other processes write to.</summary>
    /// <value>1 second or more, in whole seconds; 30 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is below 1 second.</exception>
    public TimeSpan BusyTimeOut
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(30);
}
