using System.Globalization;
using DataShapley.Caching;
using DataShapley.Games;
using Microsoft.Data.Sqlite;

namespace DataShapley.Sqlite;

/// <summary>Remembers values in a SQLite file: they outlive the process, and processes of one machine share them as they come.</summary>
/// <remarks>
/// Each value is kept with a checksum of it, the utility's id and the coalition; one that does not match is an error and never used. A value that is written
/// survives the process at once, and a power cut some time later (write-ahead log, synchronised at its checkpoints): a lost value is evaluated again.
/// </remarks>
public sealed class SqliteUtilityCache : IUtilityCache, IDisposable
{
    // "DSuc", so that `file` and other programs know whose it is.
    private const int ApplicationId = 0x44537563;
    private const int Version = 1;
    private const int NotADatabase = 26;
    private const int CorruptDatabase = 11;
    private const int BusyDatabase = 5;
    private const int LockedDatabase = 6;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _add;
    private readonly SqliteCommand? _trim;

    /// <summary>Opens a cache, or creates it.</summary>
    /// <param name="path">The file, on a local disk; its folder exists.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="UtilityCacheException">The file is damaged, of another version, no cache, or cannot be opened.</exception>
    public SqliteUtilityCache(string path, SqliteUtilityCacheOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new SqliteUtilityCacheOptions();
        _path = Path.GetFullPath(path);

        // Without a pool the file is closed when the cache is.
        SqliteConnectionStringBuilder settings = new() { DataSource = _path, Pooling = false, DefaultTimeout = (int)Math.Min(int.MaxValue / 1000, options.BusyTimeOut.TotalSeconds) };
        _connection = new SqliteConnection(settings.ToString());
        _find = Command("SELECT value, checksum FROM evaluation WHERE key = $key", "$key");
        _add = Command("INSERT OR IGNORE INTO evaluation (key, value, checksum) VALUES ($key, $value, $checksum)", "$key", "$value", "$checksum");
        if (options.MaximumCount is { } count)
        {
            _trim = Command(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM evaluation WHERE number <= (SELECT max(number) FROM evaluation) - {count}"));
        }

        try
        {
            Use(Open);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets how many values the file holds.</summary>
    /// <exception cref="UtilityCacheException">The file is damaged or cannot be read.</exception>
    public long Count => Use(() => Number("SELECT count(*) FROM evaluation"));

    /// <inheritdoc />
    /// <exception cref="UtilityCacheException">The value or the file is damaged, or cannot be read.</exception>
    public bool TryGet(string utility, Coalition coalition, out double value)
    {
        ArgumentNullException.ThrowIfNull(utility);
        ArgumentNullException.ThrowIfNull(coalition);
        byte[] key = EvaluationRow.Key(utility, coalition);
        double? found = Use(() => Find(key, utility, coalition));
        value = found ?? double.NaN;
        return found is not null;
    }

    /// <inheritdoc />
    /// <exception cref="UtilityCacheException">The file is damaged or cannot be written.</exception>
    public void Add(string utility, Coalition coalition, double value)
    {
        ArgumentNullException.ThrowIfNull(utility);
        ArgumentNullException.ThrowIfNull(coalition);
        byte[] key = EvaluationRow.Key(utility, coalition);

        // As bits: a column of numbers would turn −0 into 0.
        long bits = BitConverter.DoubleToInt64Bits(value);
        Use(() =>
        {
            _add.Parameters[0].Value = key;
            _add.Parameters[1].Value = bits;
            _add.Parameters[2].Value = EvaluationRow.Checksum(key, bits);
            return _add.ExecuteNonQuery() + (_trim?.ExecuteNonQuery() ?? 0);
        });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _find.Dispose();
            _add.Dispose();
            _trim?.Dispose();
            _connection.Dispose();
        }
    }

    private double? Find(byte[] key, string utility, Coalition coalition)
    {
        _find.Parameters[0].Value = key;
        using SqliteDataReader reader = _find.ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        return reader.GetValue(0) is long bits && reader.GetValue(1) is long checksum && checksum == EvaluationRow.Checksum(key, bits)
            ? BitConverter.Int64BitsToDouble(bits)
            : throw new UtilityCacheException(
                UtilityCacheError.Corrupt, $"The cache '{_path}' holds a damaged value of '{utility}' for {coalition}: its checksum is another. Delete the file; what it held is evaluated again.", _path);
    }

    private int Open()
    {
        _connection.Open();
        if (Number("PRAGMA application_id") != ApplicationId)
        {
            Create();
        }

        long version = Number("PRAGMA user_version");
        if (version != Version)
        {
            throw new UtilityCacheException(
                UtilityCacheError.OtherVersion, $"The cache '{_path}' has version {version}; this library reads version {Version}. Use the library that made it, or choose another file.", _path);
        }

        return Execute("PRAGMA synchronous = NORMAL");
    }

    // Of several processes that create the file, one does and the others find it done.
    private void Create()
    {
        if (Number("SELECT count(*) FROM sqlite_master") == 0 && Number("PRAGMA user_version") == 0)
        {
            // Not inside a transaction, and only for a file that is ours to be: it stays with the file.
            Execute("PRAGMA journal_mode = WAL");
        }

        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        if (Number("PRAGMA application_id") != ApplicationId)
        {
            if (Number("SELECT count(*) FROM sqlite_master") > 0 || Number("PRAGMA application_id") != 0 || Number("PRAGMA user_version") != 0)
            {
                throw new UtilityCacheException(UtilityCacheError.NotACache, $"'{_path}' is a database of another program. Choose another file.", _path);
            }

            Execute("CREATE TABLE evaluation (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT");
            Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Version}"));
        }

        transaction.Commit();
    }

    private T Use<T>(Func<T> action)
    {
        lock (_gate)
        {
            try
            {
                return action();
            }
            catch (SqliteException e)
            {
                (UtilityCacheError error, string advice) = e.SqliteErrorCode switch
                {
                    NotADatabase => (UtilityCacheError.NotACache, "is no database. Choose another file, or delete it where it was a cache"),
                    CorruptDatabase => (UtilityCacheError.Corrupt, "is damaged. Delete it; what it held is evaluated again"),
                    BusyDatabase or LockedDatabase => (UtilityCacheError.Busy, "was locked by other processes for too long. Set a longer BusyTimeOut, or give each its own file"),
                    _ => (UtilityCacheError.Inaccessible, "cannot be used. See that its folder exists and that the disk has room"),
                };
                throw new UtilityCacheException(error, $"The cache '{_path}' {advice}. SQLite says: {e.Message}", _path, e);
            }
        }
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (string parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }

    private long Number(string text)
    {
        using SqliteCommand command = Command(text);
        return (long)command.ExecuteScalar()!;
    }

    private int Execute(string text)
    {
        using SqliteCommand command = Command(text);
        return command.ExecuteNonQuery();
    }
}
