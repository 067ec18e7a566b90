using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DataShapley.Datasets;

/// <summary>Checks and reads the bytes of a record that is a JSON object.</summary>
internal static class JsonRecord
{
    /// <summary>Says what is wrong with a record, or null.</summary>
    /// <param name="record">The bytes.</param>
    /// <param name="offset">The byte at fault.</param>
    /// <param name="problem">What is wrong, for a message.</param>
    public static DatasetError? Check(ReadOnlySpan<byte> record, out long offset, out string problem)
    {
        offset = 0;
        problem = string.Empty;
        if (!Utf8.IsValid(record))
        {
            problem = "the text is not UTF-8";
            return DatasetError.InvalidText;
        }

        Utf8JsonReader reader = new(record);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                problem = "a record is a JSON object, {…}";
                return DatasetError.NotAnObject;
            }

            do
            {
                if (reader.TokenType is (JsonTokenType.String or JsonTokenType.PropertyName) && reader.ValueIsEscaped)
                {
                    // Texts are decoded late: half a surrogate pair is found now, not in the middle of a run.
                    reader.GetString();
                }
            }
            while (reader.Read());
            return null;
        }
        catch (JsonException e)
        {
            offset = OffsetOf(record, e);
            problem = $"this is not JSON: {e.Message}";
            return DatasetError.MalformedRecord;
        }
        catch (InvalidOperationException)
        {
            offset = reader.TokenStartIndex;
            problem = "a text has half a surrogate pair";
            return DatasetError.InvalidText;
        }
    }

    /// <summary>Reads the fields of a record that has been checked.</summary>
    public static RecordFields Read(ReadOnlySpan<byte> record)
    {
        RecordFields fields = new();
        Utf8JsonReader reader = new(record);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray && name is ("messages" or "conversations"))
            {
                fields.Turns = ReadTurns(reader);
            }

            if (reader.TokenType == JsonTokenType.Null)
            {
                fields.Remove(name);
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                fields.Set(name, reader.GetString()!);
            }
            else
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                fields.Set(name, Encoding.UTF8.GetString(record[start..(int)reader.BytesConsumed]));
            }
        }

        return fields;
    }

    // The reader is a copy: that of the caller stays at the start of the array.
    private static List<ChatTurn> ReadTurns(Utf8JsonReader reader)
    {
        List<ChatTurn> turns = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            string? role = null;
            string? content = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && name is ("role" or "from"))
                {
                    role = reader.GetString();
                }
                else if (reader.TokenType == JsonTokenType.String && name is ("content" or "value"))
                {
                    content = reader.GetString();
                }
                else
                {
                    reader.Skip();
                }
            }

            if (role is not null && content is not null)
            {
                turns.Add(new ChatTurn(role, content));
            }
        }

        return turns;
    }

    private static long OffsetOf(ReadOnlySpan<byte> record, JsonException e)
    {
        int start = 0;
        for (long line = e.LineNumber ?? 0; line > 0; line--)
        {
            start += record[start..].IndexOf((byte)'\n') + 1;
        }

        return Math.Min(start + (e.BytePositionInLine ?? 0), record.Length);
    }
}
