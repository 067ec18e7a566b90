using System.IO.Compression;
using System.Text;
using DataShapley.Datasets;

namespace DataShapley.Tests.Datasets;

/// <summary>Data sets from texts.</summary>
internal static class DatasetText
{
    public static Task<Dataset> LoadAsync(string text, DatasetOptions? options = null) => LoadAsync(Encoding.UTF8.GetBytes(text), options);

    public static async Task<Dataset> LoadAsync(byte[] content, DatasetOptions? options = null)
    {
        using MemoryStream stream = new(content);
        return await Dataset.LoadAsync(stream, "test", options);
    }

    public static async Task<DatasetException> FailAsync(string text, DatasetOptions? options = null)
    {
        try
        {
            await LoadAsync(text, options);
        }
        catch (DatasetException e)
        {
            return e;
        }

        throw new AssertionException($"Nothing was wrong with: {text}");
    }

    public static async Task<string> WriteAsync(Dataset dataset, params int[] records)
    {
        using MemoryStream stream = new();
        await dataset.WriteAsync(stream, records);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static byte[] Compress(string text)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return stream.ToArray();
    }

    public static async Task<string?> FieldAsync(Dataset dataset, int record, string name) =>
        (await dataset.GetAsync(record)).ReadFields().TryGet(name, out string? text) ? text : null;
}
