import { expect, it } from "vitest";
import { strftime } from "./strftime.ts";

const format =
  "%a|%A|%w|%d|%b|%B|%m|%y|%Y|%H|%I|%p|%M|%S|%f|%z|%Z|%j|%U|%W|%c|%x|%X|%%|%G|%u|%V|%e|%D|%F|%T|%R|%n|%t|%h|%k|%l|%C|%g|%r|%-d|%_d|%-m|%-I|%^b|%P|%#p|%Q|%03d";

// What Python 3.11 writes of the same times, without a zone, on glibc.
it.each([
  [
    new Date(2026, 0, 5, 14, 3, 9),
    "Mon|Monday|1|05|Jan|January|01|26|2026|14|02|PM|03|09|000000|||005|01|01|Mon Jan  5 14:03:09 2026|01/05/26|14:03:09|%|2026|1|02| 5|01/05/26|2026-01-05|14:03:09|14:03|\n|\t|Jan|14| 2|20|26|02:03:09 PM|5| 5|1|2|JAN|pm|pm|%Q|005",
  ],
  [
    new Date(2024, 11, 30),
    "Mon|Monday|1|30|Dec|December|12|24|2024|00|12|AM|00|00|000000|||365|52|53|Mon Dec 30 00:00:00 2024|12/30/24|00:00:00|%|2025|1|01|30|12/30/24|2024-12-30|00:00:00|00:00|\n|\t|Dec| 0|12|20|25|12:00:00 AM|30|30|12|12|DEC|am|am|%Q|030",
  ],
  [
    new Date(2027, 0, 3, 9, 5, 7),
    "Sun|Sunday|0|03|Jan|January|01|27|2027|09|09|AM|05|07|000000|||003|01|00|Sun Jan  3 09:05:07 2027|01/03/27|09:05:07|%|2026|7|53| 3|01/03/27|2027-01-03|09:05:07|09:05|\n|\t|Jan| 9| 9|20|26|09:05:07 AM|3| 3|1|9|JAN|am|am|%Q|003",
  ],
  [
    new Date(2023, 0, 1, 12, 59, 59),
    "Sun|Sunday|0|01|Jan|January|01|23|2023|12|12|PM|59|59|000000|||001|01|00|Sun Jan  1 12:59:59 2023|01/01/23|12:59:59|%|2022|7|52| 1|01/01/23|2023-01-01|12:59:59|12:59|\n|\t|Jan|12|12|20|22|12:59:59 PM|1| 1|1|12|JAN|pm|pm|%Q|001",
  ],
])("writes every field of %s as Python does", (time, written) => {
  expect(strftime(time, format).split("|")).toEqual(written.split("|"));
});
